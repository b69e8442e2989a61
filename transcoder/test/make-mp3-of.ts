import { join } from "node:path";
import { expect } from "vitest";
import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import { probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { type Mp3Made, makeMp3 } from "../job/make-mp3.ts";
import type { Result } from "../job/result.ts";
import { chooseSound } from "../plan/choose-sound.ts";

export type Tools = {
	directory: string;
	toolbox: Toolbox;
	/** The input is what fetch-source.ts makes of a large MP4. */
	isSoundAlone?: boolean;
	/** To work on one long file at once. */
	cores?: number;
};

/** What of a job there is between a file on disk and an MP3 beside it. */
export async function tryMp3Of(
	input: string,
	{ directory, toolbox, isSoundAlone = false, cores = 1 }: Tools,
	wishes: Partial<ConversionOptions> = {},
): Promise<Result<Mp3Made>> {
	const signal = new AbortController().signal;
	const options = conversionOptions.parse(wishes);
	const probed = await probe(input, directory, toolbox, signal);
	if (!probed.ok) return probed;
	const chosen = chooseSound(probed.value, options.track);
	if (!chosen.ok) return chosen;
	const sound = chosen.value;
	const order = {
		placed: { media: probed.value, sound, isSoundAlone },
		options,
		input: { input, soundIndex: sound.index },
		output: OUTPUT,
		directory,
		cores,
		tagBytes: 0,
		onProgress: () => {},
	};
	return await makeMp3(order, toolbox, signal);
}

export type Mp3Of = Mp3Made & { path: string };

/** The same, where it must succeed. */
export async function mp3Of(
	input: string,
	tools: Tools,
	wishes: Partial<ConversionOptions> = {},
): Promise<Mp3Of> {
	const made = await tryMp3Of(input, tools, wishes);
	if (!made.ok) return expect.fail(`${made.code}: ${made.detail}`);
	return { ...made.value, path: join(tools.directory, OUTPUT) };
}

const OUTPUT = "output.mp3";
