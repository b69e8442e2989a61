import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { hear } from "./hear.ts";
import { type Mp3Of, mp3Of, type Tools } from "./make-mp3-of.ts";
import { BANGS_SECONDS } from "./real-media.ts";

/** A shift between picture and sound that nobody notices. */
const SHIFT_SECONDS = 0.015;
/** Millisecond windows on both sides. */
const MEASURING_SECONDS = 0.002;
const MP3_FRAME_SAMPLES = 1152;

export type Truth = {
	/** When the bangs are, in the picture's own time. */
	bangs?: readonly number[];
	/** So much later, the picture not: the encoder's delay, which the container cannot tell. */
	delaySeconds?: number;
	/** Where the picture begins on the file's timeline. Default: as plain ffprobe sees it. */
	pictureSeconds?: number;
	/** What codecs for voices make of a quiet tone is not for us to judge. */
	keepsQuiet?: boolean;
	/** Which of the file's sounds it is. */
	sound?: number;
};

/**
 * Converts, and expects the sound as it is in the file: each bang where it belongs, nothing lost in
 * between, the end where a reference decode by plain ffmpeg has it, and a header that is right.
 */
export async function expectFaithful(
	input: string,
	tools: Tools,
	truth: Truth = {},
	wishes: Partial<ConversionOptions> = {},
): Promise<Mp3Of> {
	const { bangs = BANGS_SECONDS, delaySeconds = 0, keepsQuiet = true, sound = 0 } = truth;
	const made = await mp3Of(input, tools, wishes);
	const ours = await hear(made.path);
	const reference = await hear(input, sound);
	const shift = delaySeconds + (truth.pictureSeconds ?? (await pictureBeginsSeconds(input)));

	expect(ours.bangs.map(toMs)).toEqual(
		bangs.map((bang) => closeTo(toMs(bang + shift), toMs(SHIFT_SECONDS))),
	);
	if (keepsQuiet) expect(ours.quietest).toBeGreaterThan(0.7 * reference.quietest);
	const [ourEnd, theirEnd] = [ours, reference].map((each) => each.seconds - (each.bangs[0] ?? 0));
	const frameSeconds = MP3_FRAME_SAMPLES / ours.sampleRateHz;
	expect(Math.abs((ourEnd ?? 0) - (theirEnd ?? 0))).toBeLessThan(frameSeconds + MEASURING_SECONDS);

	const { header, peakDbfs = 0 } = made;
	expect(Math.round(header.durationSeconds * header.sampleRateHz)).toBe(ours.samples);
	expect(header).toMatchObject({ sampleRateHz: ours.sampleRateHz, channels: ours.channels });
	expect(peakDbfs).toBeLessThanOrEqual(0);
	if (made.encoding !== "copy") {
		expect(10 ** (peakDbfs / 20)).toBeCloseTo(Math.min(1, ours.peak), 1);
	}
	return made;
}

function toMs(seconds: number): number {
	return Math.round(seconds * 1000);
}

/** Equal to any number that is at most so far away. */
function closeTo(value: number, tolerance: number): unknown {
	return { asymmetricMatch: (other: number) => Math.abs(other - value) <= tolerance, value };
}

/** From where picture or sound begins, whichever is first, to where the picture does. */
async function pictureBeginsSeconds(input: string): Promise<number> {
	const ask = ["-show_entries", "stream=codec_type,start_time", "-of", "csv=print_section=0"];
	const { stdout } = await promisify(execFile)("ffprobe", ["-v", "error", ...ask, input]);
	const start = (type: string) =>
		Number.parseFloat(new RegExp(`^${type},(.*)$`, "m").exec(stdout)?.[1] ?? "");
	const [picture, sound] = [start("video"), start("audio")];
	// What is a little before zero is the encoder's delay, and is left out.
	const isDelay = sound < 0 && sound > -0.1;
	return Math.max(0, picture - (isDelay ? 0 : sound)) || 0;
}
