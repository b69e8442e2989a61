import type { Encoding } from "../ffmpeg/encode.ts";
import type { Treatment } from "../ffmpeg/sound-filters.ts";
import type { OutputPlan } from "../plan/plan-output.ts";

/** The sound as it is. */
export const untreated: Treatment = {
	sourceRateHz: undefined,
	isRawFloat: false,
	silenceBeforeSeconds: 0,
	fillGaps: true,
	startSeconds: 0,
	endSeconds: undefined,
	loudness: undefined,
};

/** The usual quality. */
export const highPlan: OutputPlan = {
	sampleRateHz: 44_100,
	channels: 2,
	rate: { mode: "vbr", quality: 2 },
	cappedToSource: false,
};

/** A whole encoding of a file's first stream, of which a test says only what it is about. */
export function encodingOf(
	input: string,
	directory: string,
	about: Partial<Encoding> = {},
): Encoding {
	return {
		sound: { input, soundIndex: 0 },
		output: "output.mp3",
		directory,
		treatment: untreated,
		plan: highPlan,
		expectedSeconds: undefined,
		cores: 1,
		onProgress: () => {},
		...about,
	};
}
