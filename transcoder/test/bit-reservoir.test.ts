import { describe, expect, test } from "vitest";
import { ReservoirPacker } from "../mp3/bit-reservoir.ts";
import { cutFrames } from "../mp3/cut-frames.ts";
import {
	type FrameFormat,
	frameBytes,
	HEADER_BYTES,
	readFrameHeader,
} from "../mp3/frame-header.ts";
import { MainDataReader, type WholeFrame } from "../mp3/main-data.ts";
import { mainDataBegin, mainDataBits } from "../mp3/side-information.ts";
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

/** A frame with so much main data, whatever its bitrate was. */
function frameWith(word: number, mainData: Buffer): WholeFrame {
	const format = formatOf(word);
	const head = Buffer.alloc(HEADER_BYTES + format.sideInformationBytes);
	head.writeUInt32BE((word | 0x1000) >>> 0);
	writeLengths(head.subarray(HEADER_BYTES), format, mainData.length);
	return { word: head.readUInt32BE(0), format, head, mainData };
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
		const mainData = reservoir.subarray(from, from + Math.ceil(mainDataBits(side, format) / 8));
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
			const mainData = noise(size, next);
			wanted.push(mainData);
			packer.add(frameWith(word, mainData));
			// At any time, or never before there is a good deal of them.
			if (seed % 2 === 0 && next(3) === 0) packed.push(packer.take());
		}
		packer.end();

		const decoded = decode(Buffer.concat([...packed, packer.take()]));
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

describe("at a constant bitrate", () => {
	const word = FORMATS["44.1 kHz stereo"];
	// 417.96 bytes a frame, 36 of them without main data.
	const pack = (sizes: readonly number[]) => {
		const packer = new ReservoirPacker(128);
		const packed = sizes.map((size) => packer.add(frameWith(word, Buffer.alloc(size, 1))));
		packer.end();
		const stream = packer.take();
		return { packed, stream, decoded: decode(stream) };
	};

	test("frames have that bitrate, with a padding byte where LAME has it", () => {
		const { packed, stream } = pack(Array.from({ length: 490 }, (_, at) => 200 + (at % 180)));
		expect(packed.every(({ bitrateKbps }) => bitrateKbps === 128)).toBe(true);
		const paddedFrames = Array.from({ length: 24 }, () => 418);
		expect(packed.slice(0, 26).map(({ sizeBytes }) => sizeBytes)).toEqual([
			417,
			...paddedFrames,
			417,
		]);
		expect(stream.length).toBe((490 * 144 * 128_000) / 44_100);
	});

	test("a frame that does not fit gets the next bitrate that will do, and only it", () => {
		// 381 or 382 bytes fit, and what is left over of one frame.
		const { packed, decoded } = pack([381, 382, 300, 463, 382, 600, 382, 382]);
		expect(packed.map(({ bitrateKbps }) => bitrateKbps)).toEqual([
			...[128, 128, 128, 128, 128],
			...[224, 128, 128],
		]);
		expect(decoded.map(({ mainData }) => mainData.length)).toEqual([
			381, 382, 300, 463, 382, 600, 382, 382,
		]);
	});
});

describe("a reader of main data", () => {
	test.for(Object.entries(FORMATS))("finds all of it, wherever it lies: %s", async ([, word]) => {
		const next = seeded(104_729);
		const packer = new ReservoirPacker();
		const frames = Array.from({ length: 400 }, () => frameWith(word, noise(next(300), next)));
		for (const frame of frames) packer.add(frame);
		packer.end();
		const stream = packer.take();

		const reader = new MainDataReader();
		const read: Buffer[] = [];
		for await (const some of cutFrames(inPieces(stream, next))) {
			for (const frame of some) read.push(reader.read(frame).mainData);
		}
		expect(read).toEqual(frames.map(({ mainData }) => mainData));
	});

	test.for([
		["begins before the stream", 0x10, 100, "begins before the stream"],
		["goes on after its frame", 0, 400, "goes on after its frame"],
	] as const)("does not take main data that %s", ([_what, begin, size, message]) => {
		const { word, format, head } = frameWith(FORMATS["44.1 kHz stereo"], Buffer.alloc(size));
		const bytes = Buffer.concat([head, Buffer.alloc(100)]);
		bytes[HEADER_BYTES] = begin;
		const frame = { word, format, bitrateKbps: 32, sizeBytes: bytes.length, bytes };
		expect(() => new MainDataReader().read(frame)).toThrow(message);
	});
});

describe("what is no run of frames", () => {
	const { word } = frameWith(FORMATS["44.1 kHz stereo"], Buffer.alloc(0));
	const whole = Buffer.alloc(frameBytes(formatOf(word), 32));
	whole.writeUInt32BE(word);

	test.for([
		["a gap", Buffer.concat([whole, Buffer.of(0), whole]), `no frame at byte ${whole.length}`],
		["what begins with something else", whole.subarray(1), "no frame at byte 0"],
		["half a frame", Buffer.concat([whole, whole.subarray(0, 50)]), "cut short"],
	] as const)("is not cut into frames: %s", async ([_what, bytes, message]) => {
		const cutting = async () => {
			for await (const _ of cutFrames(inPieces(bytes, seeded(7))));
		};
		await expect(cutting()).rejects.toThrow(message);
	});
});

function noise(size: number, next: (below: number) => number): Buffer {
	return Buffer.from(Array.from({ length: size }, () => next(256)));
}

async function* inPieces(bytes: Buffer, next: (below: number) => number) {
	for (let start = 0; start < bytes.length; ) {
		const end = start + 1 + next(1000);
		yield bytes.subarray(start, end);
		start = end;
	}
}
