import type { OutputFacts, SourceFacts } from "#contracts/conversion-outcome.ts";
import type { AudioStream, MediaFile } from "../ffmpeg/probe.ts";
import type { InfoHeader } from "../mp3/info-header.ts";

/** What the owner is told of a conversion, from what was found out on the way. Pure. */

export function sourceFacts(media: MediaFile, sound: AudioStream, mp3: InfoHeader): SourceFacts {
	return {
		container: media.container,
		audioCodec: sound.codec,
		// Hostile headers declare negative lengths too.
		durationSeconds: Math.max(0, media.durationSeconds ?? mp3.durationSeconds),
	};
}

type MeasuredFacts = Pick<
	OutputFacts,
	"codec" | "sizeBytes" | "durationSeconds" | "bitrateKbps" | "sampleRateHz" | "channels"
>;

/** @param sizeBytes of the file with its tag. */
export function outputFacts(mp3: InfoHeader, sizeBytes: number): MeasuredFacts {
	const { durationSeconds, sampleRateHz, channels } = mp3;
	const bitrateKbps = Math.round((mp3.sizeBytes * 8) / durationSeconds / 100) / 10;
	return { codec: "mp3", sizeBytes, durationSeconds, bitrateKbps, sampleRateHz, channels };
}
