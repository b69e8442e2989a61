import { createReadStream } from "node:fs";
import { failed, type Result, succeeded } from "../job/result.ts";
import { cutFrames, FrameCutShort, NoFrame } from "./cut-frames.ts";
import type { InfoHeader } from "./info-header.ts";

const READ_BYTES = 1_048_576;

/**
 * How many frames an MP3 has, that of its Xing header included. Fails as `internal` if it has
 * anything else in it up to its last byte, or frames of another sample rate or number of channels.
 */
export async function countFrames(
	path: string,
	{ frame, offset }: Pick<InfoHeader, "frame" | "offset">,
	signal: AbortSignal,
): Promise<Result<number>> {
	const { sampleRateHz, channels } = frame.format;
	const bytes = createReadStream(path, { start: offset, highWaterMark: READ_BYTES, signal });
	let count = 0;
	try {
		for await (const frames of cutFrames(bytes)) {
			for (const { format } of frames) {
				if (format.sampleRateHz !== sampleRateHz || format.channels !== channels) {
					return failed("internal", `frame ${count} of the MP3 is of another kind`);
				}
				count += 1;
			}
		}
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof NoFrame || error instanceof FrameCutShort) {
			return failed("internal", `the MP3: ${error.message}`);
		}
		throw error;
	}
	return succeeded(count);
}
