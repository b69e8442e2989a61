import { describe, expect, test } from "vitest";
import { ReservoirPacker } from "../mp3/bit-reservoir.ts";
import {
	type FrameFormat,
	frameBytes,
	HEADER_BYTES,
	readFrameHeader,
} from "../mp3/frame-header.ts";
import type { Frame } from "../mp3/read-frames.ts";
import { mainDataBegin, mainDataBytes } from "../mp3/side-information.ts";
import { seeded } from "./seeded.ts";

/*
 * Frames that no encoder need ever have made: any sequence of sizes.
 */

/** Header words without bitrate: MPEG version, Layer III, no CRC, sample rate, channel mode. */
const FORMATS = {
	"44.1 kHz stereo": 0xfffb0000,
	"32 kHz stereo": 0xfffb0800,
	"48 kHz mono": 0xfffb04c0,
	"22.05 kHz stereo": 0xfff30000,
	"8 kHz mono": 0xffe308c0,
} as const;

function formatOf(word: number): FrameFormat {
	const header = readFrameHeader(word | 0x1000);
	if (!header) throw new Error("no header");
	return header.format;
}

/** A frame that stands alone, at the lowest bitrate that holds so many bytes of main data. */
function frameWith(word: number, mainData: Buffer): Frame {
	const format = formatOf(word);
	const headBytes = HEADER_BYTES + format.sideInformationBytes;
	const index = format.bitratesKbps.findIndex(
		(kbps) => frameBytes(format, kbps) >= headBytes + mainData.length,
	);
	const header = readFrameHeader((word | ((index + 1) << 12)) >>> 0);
	if (!header) throw new Error("too much main data");
	const bytes = Buffer.alloc(header.sizeBytes, 0x55);
	bytes.writeUInt32BE((word | ((index + 1) << 12)) >>> 0);
	bytes.fill(0, HEADER_BYTES, headBytes);
	writeLengths(bytes.subarray(HEADER_BYTES, headBytes), format, mainData.length);
	mainData.copy(bytes, headBytes);
	return { ...header, word: bytes.readUInt32BE(0), bytes };
}

/** Writes `part2_3_length` of each granule and channel, so that they add up. */
function writeLengths(side: Buffer, format: FrameFormat, size: number): void {
	const isLong = format.samplesPerFrame === 1152;
	const first = isLong ? (format.channels === 1 ? 18 : 20) : format.channels === 1 ? 9 : 10;
	const step = isLong ? 59 : 63;
	let rest = size * 8;
	for (let part = 0; part < (isLong ? 2 : 1) * format.channels; part++) {
		const bits = Math.min(rest, 4095);
		rest -= bits;
		for (let bit = 0; bit < 12; bit++) {
			const position = first + part * step + bit;
			const value = (bits >>> (11 - bit)) & 1;
			side[position >>> 3] = (side[position >>> 3] ?? 0) | (value << (7 - (position & 7)));
		}
	}
	if (rest > 0) throw new Error("more main data than a frame can name");
}

/** Reads a stream as a decoder does: main data from where `main_data_begin` says. */
function decode(stream: Buffer): { mainData: Buffer; begin: number; sizeBytes: number }[] {
	const frames: { mainData: Buffer; begin: number; sizeBytes: number }[] = [];
	let reservoir = Buffer.alloc(0);
	for (let offset = 0; offset < stream.length; ) {
		const header = readFrameHeader(stream.readUInt32BE(offset));
		if (!header) throw new Error(`no frame at ${offset}`);
		const { format, sizeBytes } = header;
		const share = offset + HEADER_BYTES + format.sideInformationBytes;
		const side = stream.subarray(offset + HEADER_BYTES, share);
		const begin = mainDataBegin(side, format);
		if (begin > reservoir.length) throw new Error("main data begins before the stream");
		const from = reservoir.length - begin;
		reservoir = Buffer.concat([reservoir, stream.subarray(share, offset + sizeBytes)]);
		const mainData = reservoir.subarray(from, from + mainDataBytes(side, format));
		frames.push({ mainData, begin, sizeBytes });
		offset += sizeBytes;
	}
	return frames;
}

describe.for(Object.entries(FORMATS))("frames of %s", ([, word]) => {
	const format = formatOf(word);
	const largest = frameBytes(format, format.bitratesKbps.at(-1) ?? 0);
	const most = Math.min(
		largest - HEADER_BYTES - format.sideInformationBytes,
		Math.floor(4095 / 8) * (format.samplesPerFrame === 1152 ? 2 : 1) * format.channels,
	);

	test.for([1, 2, 3, 4, 5])("keep every byte of their main data, sequence %i", (seed) => {
		const next = seeded(seed * 7919);
		const packer = new ReservoirPacker();
		const wanted: Buffer[] = [];
		const packed: Buffer[] = [];
		for (let index = 0; index < 400; index++) {
			// Often nothing, sometimes as much as fits, mostly in between.
			const kind = next(5);
			const size = kind === 0 ? 0 : kind === 1 ? most - next(8) : next(most);
			const mainData = Buffer.from(Array.from({ length: size }, () => next(256)));
			wanted.push(mainData);
			packed.push(...packer.add(frameWith(word, mainData)).complete);
		}
		packed.push(...packer.end());

		const decoded = decode(Buffer.concat(packed));
		expect(decoded).toHaveLength(wanted.length);
		for (const [index, { mainData, begin, sizeBytes }] of decoded.entries()) {
			expect(mainData.equals(wanted[index] ?? Buffer.alloc(0))).toBe(true);
			expect(begin).toBeLessThanOrEqual(format.maxMainDataBegin);
			// What every decoder can hold.
			expect(begin + sizeBytes).toBeLessThanOrEqual(Math.max(1440, sizeBytes));
		}
		expect(decoded.some(({ begin }) => begin > 0)).toBe(true);
	});
});

test("a frame that leans on an earlier one cannot be packed", () => {
	const frame = frameWith(FORMATS["44.1 kHz stereo"], Buffer.alloc(100));
	frame.bytes[HEADER_BYTES] = 0x10;
	expect(() => new ReservoirPacker().add(frame)).toThrow("does not stand alone");
});
