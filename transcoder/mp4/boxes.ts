/**
 * The boxes that MP4 and QuickTime files are made of: a size, a type of four characters, a body.
 * Pure: bytes in, positions out, and never a position outside of what holds the box.
 * ISO/IEC 14496-12 §4.2, https://developer.apple.com/documentation/quicktime-file-format/atoms
 */
export type Box = {
	type: string;
	/** Positions in the bytes it was found in. */
	start: number;
	body: number;
	end: number;
};

/** A header with a 64-bit size; most have 8 bytes. */
export const BOX_HEADER_BYTES = 16;

/** Real boxes have a dozen children; a `moov` of nothing but headers would have millions. */
const MAX_CHILDREN = 1_024;

export type BoxHeader = { type: string; headerBytes: number; sizeBytes: number };

/**
 * @param availableBytes from the box's start to the end of what holds it. Of these, at least the
 *   first BOX_HEADER_BYTES must be in `bytes`.
 */
export function readBoxHeader(
	bytes: Buffer,
	start: number,
	availableBytes: number,
): BoxHeader | undefined {
	if (availableBytes < 8) return undefined;
	const type = bytes.toString("latin1", start + 4, start + 8);
	const short = bytes.readUInt32BE(start);
	const isLong = short === 1;
	const headerBytes = isLong ? 16 : 8;
	if (availableBytes < headerBytes) return undefined;
	const declared = isLong ? Number(bytes.readBigUInt64BE(start + 8)) : short;
	// 0: to the end of what holds it.
	const sizeBytes = short === 0 ? availableBytes : declared;
	if (sizeBytes < headerBytes || sizeBytes > availableBytes) return undefined;
	return { type, headerBytes, sizeBytes };
}

/** The boxes that fill these bytes to the last; `undefined` if boxes do not. */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] | undefined {
	const boxes: Box[] = [];
	for (let start = from; start < to; ) {
		const header = readBoxHeader(bytes, start, to - start);
		if (!header || boxes.length === MAX_CHILDREN) return undefined;
		const end = start + header.sizeBytes;
		boxes.push({ type: header.type, start, body: start + header.headerBytes, end });
		start = end;
	}
	return boxes;
}

/** The one box at the end of a path such as `mdia`, `hdlr`; `undefined` if there is none or more. */
export function boxAt(bytes: Buffer, parent: Box, ...path: readonly string[]): Box | undefined {
	let box = parent;
	for (const type of path) {
		const children = boxesIn(bytes, box.body, box.end) ?? [];
		const [found, ...more] = children.filter((child) => child.type === type);
		if (!found || more.length > 0) return undefined;
		box = found;
	}
	return box;
}
