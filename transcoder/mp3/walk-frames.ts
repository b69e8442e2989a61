import { open } from "node:fs/promises";
import { type FrameFormat, frameBytes, HEADER_BYTES } from "./frame-header.ts";
import type { InfoHeader } from "./info-header.ts";

const READ_BYTES = 1_048_576;

/** Sync, version, layer and sample rate. A checksum may follow or not: a frame is as long either way. */
const COMMON_BITS = 0xfffe0c00;
const MODE_BITS = 0xc0;
const MONO = 0xc0;

/** How far an MP3 is nothing but frames of one sample rate and one number of channels. */
export type FrameRun = {
	/** Whole ones, one right behind the other. */
	frames: number;
	/** Where the last one ends, in bytes of the file. */
	endsAt: number;
};

/**
 * Walks over an MP3 by the headers of its frames, from the one that carries the Xing header on. All
 * of the file is read, because asking for each header on its own would take far longer.
 */
export async function walkFrames(
	path: string,
	{ frame, offset }: Pick<InfoHeader, "frame" | "offset">,
	signal: AbortSignal,
): Promise<FrameRun> {
	await using file = await open(path);
	const { size: fileBytes } = await file.stat();
	const piece = Buffer.allocUnsafe(READ_BYTES);
	const sizes = sizesByBitrate(frame.format);
	let [frames, position] = [0, offset];
	let kind: number | undefined;
	for (;;) {
		signal.throwIfAborted();
		const { bytesRead } = await file.read(piece, 0, READ_BYTES, position);
		let at = 0;
		while (at + HEADER_BYTES <= bytesRead) {
			const word = piece.readUInt32BE(at);
			kind ??= kindOf(word);
			const size = sizes[(word >>> 12) & 15];
			const endsAt = position + at;
			if (!size || kindOf(word) !== kind) return { frames, endsAt };
			const next = at + size + ((word >>> 9) & 1);
			if (position + next > fileBytes) return { frames, endsAt };
			at = next;
			frames++;
		}
		if (at === 0) return { frames, endsAt: position };
		position += at;
	}
}

/** What all frames of a file have in common, and other bytes do not. */
function kindOf(word: number): number {
	return (word & COMMON_BITS) | ((word & MODE_BITS) === MONO ? 1 : 0);
}

/** By the header's index, which is neither 0 nor 15; without the padding byte. */
function sizesByBitrate(format: FrameFormat): readonly (number | undefined)[] {
	return [undefined, ...format.bitratesKbps.map((kbps) => frameBytes(format, kbps))];
}
