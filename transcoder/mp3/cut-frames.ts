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

/**
 * Cuts an MP3 that comes in pieces into its frames, those of one piece at a time. Throws where no
 * frame follows on the last one: neither LAME nor ffmpeg leaves gaps.
 */
export async function* cutFrames(pieces: AsyncIterable<Buffer>): AsyncGenerator<Frame[], void> {
	let held: Buffer = Buffer.alloc(0);
	let position = 0;
	for await (const piece of pieces) {
		held = held.length === 0 ? piece : Buffer.concat([held, piece]);
		const frames: Frame[] = [];
		let start = 0;
		while (held.length - start >= HEADER_BYTES) {
			const word = held.readUInt32BE(start);
			const header = readFrameHeader(word | NO_CHECKSUM);
			if (!header) throw new NoFrame(`no frame at byte ${position + start}`);
			if (held.length - start < header.sizeBytes) break;
			frames.push({ ...header, word, bytes: held.subarray(start, start + header.sizeBytes) });
			start += header.sizeBytes;
		}
		held = held.subarray(start);
		position += start;
		if (frames.length > 0) yield frames;
	}
	if (held.length > 0) throw new FrameCutShort("the last frame is cut short");
}
