import { open } from "node:fs/promises";
import { type FrameHeader, HEADER_BYTES, readFrameHeader } from "./frame-header.ts";

export type Frame = FrameHeader & {
	/** The frame's first four bytes. */
	word: number;
	bytes: Buffer;
};

const READ_BYTES = 1_048_576;

/** The bit that says that no checksum follows the header. With one, a frame is as long as without. */
const NO_CHECKSUM = 0x10000;

/** Where a frame should be, there is something else. */
export class NoFrame extends Error {}
/** The file ends in the middle of a frame. */
export class FrameCutShort extends Error {}

/**
 * The frames of an MP3 file, from an offset on. Each frame's bytes are good until the next one is
 * asked for. Throws where no frame follows on the last one: neither LAME nor ffmpeg leaves gaps.
 */
export async function* readFrames(path: string, offset = 0): AsyncGenerator<Frame, void> {
	await using file = await open(path);
	let held = Buffer.alloc(0);
	let position = offset;
	for (;;) {
		const { buffer, bytesRead } = await file.read(
			Buffer.allocUnsafe(READ_BYTES),
			0,
			READ_BYTES,
			position,
		);
		position += bytesRead;
		held = Buffer.concat([held, buffer.subarray(0, bytesRead)]);
		let start = 0;
		while (held.length - start >= HEADER_BYTES) {
			const word = held.readUInt32BE(start);
			const header = readFrameHeader(word | NO_CHECKSUM);
			if (!header) throw new NoFrame(`no frame at byte ${position - held.length + start}`);
			if (held.length - start < header.sizeBytes) break;
			yield { ...header, word, bytes: held.subarray(start, start + header.sizeBytes) };
			start += header.sizeBytes;
		}
		held = held.subarray(start);
		if (bytesRead === 0) break;
	}
	if (held.length > 0) throw new FrameCutShort("the last frame is cut short");
}
