import { type FrameFormat, frameBytes, NO_CHECKSUM, withBitrate } from "./frame-header.ts";

/**
 * What the frames of one sound share: version, layer, sample rate, mode, copyright and emphasis.
 * ffmpeg takes a first frame that differs from the next in one of them for garbage.
 */
const COMMON_BITS = 0xfffe0ccf;

/**
 * A frame of zeros after its header, beside which it may stand: to a decoder, silence that leaves
 * no trace in what follows.
 */
export function silentFrame(
	{ word, format }: { word: number; format: FrameFormat },
	bitrateKbps: number,
): Buffer {
	const frame = Buffer.alloc(frameBytes(format, bitrateKbps));
	frame.writeUInt32BE(withBitrate((word & COMMON_BITS) | NO_CHECKSUM, format, bitrateKbps));
	return frame;
}
