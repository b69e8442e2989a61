import { join } from "node:path";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { DECLARED_LENGTH } from "../ffmpeg/formats.ts";
import { packetReach } from "../ffmpeg/packet-reach.ts";
import { type AudioStream, type MediaFile, probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import type { InfoHeader } from "../mp3/info-header.ts";
import { readOutput } from "./read-output.ts";
import { type Failure, failed, type Result, succeeded } from "./result.ts";

/**
 * ffmpeg exits with 0 after empty and truncated inputs, so what it wrote is looked over: an MP3,
 * whole by its own header, and not cut short because the source was.
 */

/** Encoder padding, container rounding and a frame lost here or there stay well below this. */
const TOLERANCE_SECONDS = 0.5;

export type Verification = {
	directory: string;
	/** File names in the directory. */
	source: string;
	output: string;
	media: MediaFile;
	sound: AudioStream;
	/** Of the video's timeline the MP3 is this part. */
	cut: { startSeconds: number; endSeconds: number | undefined };
	/** Where the sound begins on that timeline. */
	beginsSeconds: number;
};

export async function verifyOutput(
	verification: Verification,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<InfoHeader>> {
	const { directory, output, cut } = verification;
	const nothing = (): Failure =>
		cut.startSeconds > 0
			? failed("cut_beyond_end", "no sound after the cut's start")
			: failed("corrupt_input", "no sound came out of the source");
	const seen = await probe(output, directory, toolbox, signal);
	if (!seen.ok && seen.code !== "corrupt_input") return seen;
	if (!seen.ok || seen.value.container !== "mp3") return nothing();
	const { sizeBytes, header } = await readOutput(join(directory, output));
	if (!header || header.frames === 0 || header.durationSeconds === 0) return nothing();
	if (header.sizeBytes !== sizeBytes - header.offset) {
		return failed("internal", "the MP3 is not as long as its header says");
	}
	if (header.durationSeconds >= MAX_DURATION_SECONDS) {
		return failed("too_long", "the sound goes on after the longest duration");
	}
	const truncation = await findTruncation(verification, header.durationSeconds, toolbox, signal);
	if (truncation) return truncation;
	return succeeded(header);
}

/**
 * Sound shorter than the source declares is no proof: it may end before the picture does. Then the
 * packets decide: whether they go on to the declared end.
 */
async function findTruncation(
	{ directory, source, media, sound, cut, beginsSeconds }: Verification,
	outputSeconds: number,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Failure | undefined> {
	const declared = declaredEnd(media, sound);
	if (!declared) return undefined;
	const ends = declared.durationSeconds + (declared.of === "sound" ? beginsSeconds : 0);
	const expected = Math.min(cut.endSeconds ?? ends, ends) - cut.startSeconds;
	if (outputSeconds >= expected - TOLERANCE_SECONDS) return undefined;

	const stream = declared.of === "sound" ? sound.index : "any";
	const reach = await packetReach({ input: source, directory, stream }, toolbox, signal);
	if (!reach.ok) return reach;
	const missing = declared.startSeconds + declared.durationSeconds - reach.value;
	if (missing <= TOLERANCE_SECONDS) return undefined;
	return failed("corrupt_input", `the source lacks its last ${missing.toFixed(1)} s`);
}

function declaredEnd(media: MediaFile, sound: AudioStream) {
	const kind = DECLARED_LENGTH[media.container];
	if (!kind) return undefined;
	if (kind === "stream" && sound.durationSeconds !== undefined) {
		const { startSeconds = 0, durationSeconds } = sound;
		return { of: "sound", startSeconds, durationSeconds } as const;
	}
	if (media.durationSeconds === undefined) return undefined;
	const { startSeconds, durationSeconds } = media;
	return { of: "file", startSeconds, durationSeconds } as const;
}
