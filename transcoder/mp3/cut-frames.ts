import { type FrameHeader, HEADER_BYTES, readFrameHeader } from "./frame-header.ts";

export type Frame = FrameHeader & {
	/** The frame's first four bytes. */
	word: number;
	bytes: Buffer;
};

/**
 * Cuts an MP3 that comes in pieces into its frames, those of one piece at a time. Throws where no
 * frame follows on the last one: LAME leaves no gaps.
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
			const header = readFrameHeader(word);
			if (!header) throw new Error(`no frame at byte ${position + start}`);
			if (held.length - start < header.sizeBytes) break;
			frames.push({ ...header, word, bytes: held.subarray(start, start + header.sizeBytes) });
			start += header.sizeBytes;
		}
		held = held.subarray(start);
		position += start;
		if (frames.length > 0) yield frames;
	}
	if (held.length > 0) throw new Error("the last frame is cut short");
}
