import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";

/** A video may begin so much earlier than its sound without anybody noticing. */
const NOTICEABLE_SECONDS = 0.03;

export type CopyQuestion = {
	sound: AudioStream;
	/** Where the sound begins on the video's timeline. */
	beginsSeconds: number;
	durationSeconds: number | undefined;
	options: ConversionOptions;
};

/**
 * Whether the source's sound is what was asked for already, as MP3: then it is handed out as it
 * is, for every encoding takes something away. Pure.
 */
export function canCopy(question: CopyQuestion): boolean {
	const { sound, beginsSeconds, durationSeconds, options } = question;
	if (sound.codec !== "mp3" || beginsSeconds > NOTICEABLE_SECONDS) return false;
	const { startSeconds, endSeconds, loudnessLufs, sampleRateHz, channels, fitBytes } = options;
	const changes = [startSeconds, endSeconds, loudnessLufs].some((each) => each !== undefined);
	const isOtherRate = sampleRateHz !== undefined && sampleRateHz !== sound.sampleRateHz;
	const isOtherShape = channels !== undefined && channels !== sound.channels;
	if (changes || isOtherRate || isOtherShape) return false;

	const { bitrateKbps = Number.POSITIVE_INFINITY } = sound;
	const asked = options.bitrateKbps ?? (options.quality === "voice" ? 64 : undefined);
	if (asked !== undefined && bitrateKbps > asked) return false;
	if (fitBytes === undefined) return true;
	// A tag and a header come to it.
	const bytes = (bitrateKbps * 1000 * (durationSeconds ?? Number.POSITIVE_INFINITY)) / 8;
	return bytes * 1.01 + 4_096 <= fitBytes;
}
