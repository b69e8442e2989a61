import { type FrameHeader, HEADER_BYTES, NO_CHECKSUM, readFrameHeader } from "./frame-header.ts";

export type Frame = FrameHeader & {
	/** The frame's first four bytes. */
	word: number;
	bytes: Buffer;
};

/** Where a frame should be, there is something else. */
export class NoFrame extends Error {}
/** It all ends in the middle of a frame. */
export class FrameCutShort extends Error {}

/** Whole frames, one after another. */
export type FrameRun = { bytes: Buffer; count: number };

/**
 * Cuts an MP3 that comes in pieces between its frames, once a piece. Throws where no frame follows
 * on the last one: neither LAME nor ffmpeg leaves gaps.
 */
export async function* cutRuns(pieces: AsyncIterable<Buffer>): AsyncGenerator<FrameRun, void> {
	let held: Buffer = Buffer.alloc(0);
	let position = 0;
	for await (const piece of pieces) {
		held = held.length === 0 ? piece : Buffer.concat([held, piece]);
		let count = 0;
		let end = 0;
		while (held.length - end >= HEADER_BYTES) {
			const header = readFrameHeader(held.readUInt32BE(end) | NO_CHECKSUM);
			if (!header) throw new NoFrame(`no frame at byte ${position + end}`);
			if (held.length - end < header.sizeBytes) break;
			end += header.sizeBytes;
			count += 1;
		}
		if (count > 0) yield { bytes: held.subarray(0, end), count };
		held = held.subarray(end);
		position += end;
	}
	if (held.length > 0) throw new FrameCutShort("the last frame is cut short");
}

/** The frames of a run. */
export function framesOf({ bytes }: FrameRun): Frame[] {
	const frames: Frame[] = [];
	for (let start = 0; start < bytes.length; ) {
		const word = bytes.readUInt32BE(start);
		const header = readFrameHeader(word | NO_CHECKSUM);
		if (!header) throw new NoFrame(`no frame at byte ${start} of a run`);
		const end = start + header.sizeBytes;
		frames.push({ ...header, word, bytes: bytes.subarray(start, end) });
		start = end;
	}
	return frames;
}

/** Cuts an MP3 that comes in pieces into its frames, those of one piece at a time; or throws. */
export async function* cutFrames(pieces: AsyncIterable<Buffer>): AsyncGenerator<Frame[], void> {
	for await (const run of cutRuns(pieces)) yield framesOf(run);
}
