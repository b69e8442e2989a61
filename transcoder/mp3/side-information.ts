import type { FrameFormat } from "./frame-header.ts";

/**
 * The side information of a Layer III frame: where its main data begins and how long that is
 * (ISO/IEC 11172-3 §2.4.1.7, 13818-3 §2.4.1.7). The rest of it is passed on as it is.
 */

/** Bits, in the order of the fields; `granule` is one granule of one channel. */
const LAYOUT = {
	1152: { mainDataBegin: 9, private: { 1: 5, 2: 3 }, scfsi: 4, granules: 2, granule: 59 },
	576: { mainDataBegin: 8, private: { 1: 1, 2: 2 }, scfsi: 0, granules: 1, granule: 63 },
} as const;

const PART_2_3_LENGTH_BITS = 12;

/** How many bits of main data the frame has: scale factors and Huffman codes of all granules. */
export function mainDataBits(side: Uint8Array, format: FrameFormat): number {
	const { channels, samplesPerFrame } = format;
	const layout = LAYOUT[samplesPerFrame];
	let position = layout.mainDataBegin + layout.private[channels] + layout.scfsi * channels;
	let bits = 0;
	for (let part = 0; part < layout.granules * channels; part++) {
		bits += readBits(side, position, PART_2_3_LENGTH_BITS);
		position += layout.granule;
	}
	return bits;
}

/** How many bytes before its own share of main data the frame's main data begins. */
export function mainDataBegin(side: Uint8Array, format: FrameFormat): number {
	return readBits(side, 0, LAYOUT[format.samplesPerFrame].mainDataBegin);
}

/** Says so in place. */
export function setMainDataBegin(side: Uint8Array, format: FrameFormat, value: number): void {
	const [first = 0, second = 0] = side;
	const bits = LAYOUT[format.samplesPerFrame].mainDataBegin;
	const word = (first << 8) | second;
	const keep = 0xffff >>> bits;
	const changed = (word & keep) | (value << (16 - bits));
	side[0] = changed >>> 8;
	side[1] = changed & 0xff;
}

/** Up to 16 bits from any position. */
function readBits(bytes: Uint8Array, position: number, count: number): number {
	const byte = position >>> 3;
	const window =
		((bytes[byte] ?? 0) << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0);
	return (window >>> (24 - (position & 7) - count)) & ((1 << count) - 1);
}
