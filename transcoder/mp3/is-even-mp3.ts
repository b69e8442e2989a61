import { createReadStream } from "node:fs";
import { cutFrames, FrameCutShort, NoFrame } from "./cut-frames.ts";
import type { FrameFormat } from "./frame-header.ts";

const READ_BYTES = 1_048_576;

/**
 * Whether a file is nothing but MP3, of one sample rate and as many channels from its first frame
 * to its last. MP4 says the same of Layer II as of Layer III, and files have been joined that should
 * not have been.
 */
export async function isEvenMp3(path: string): Promise<boolean> {
	let first: FrameFormat | undefined;
	try {
		for await (const frames of cutFrames(createReadStream(path, { highWaterMark: READ_BYTES }))) {
			for (const { format } of frames) {
				first ??= format;
				const { sampleRateHz, channels } = first;
				if (format.sampleRateHz !== sampleRateHz || format.channels !== channels) return false;
			}
		}
	} catch (error) {
		if (error instanceof NoFrame) return false;
		// Recordings end like this; players play what comes before.
		if (!(error instanceof FrameCutShort)) throw error;
	}
	return first !== undefined;
}
