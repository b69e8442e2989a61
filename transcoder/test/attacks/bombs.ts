import { readFile } from "node:fs/promises";
import { crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { clip } from "../media.ts";
import { box, words } from "../movie.ts";
import type { Attack } from "./attack.ts";
import { longFlac } from "./long-flac.ts";
import { soundMovie } from "./sound-movie.ts";

/** Small files that ask for much: memory, time, output, or numbers that nobody reckoned with. */
export function bombs(): Attack[] {
	const corrupt = (name: string, bytes: Attack["bytes"]): Attack => ({
		name,
		bytes,
		end: "corrupt_input",
	});
	const refused = (name: string, bytes: Attack["bytes"]): Attack => ({
		name,
		bytes,
		end: "refused",
	});
	const either = (name: string, bytes: Attack["bytes"]): Attack => ({ name, bytes, end: "either" });
	return [
		corrupt("a zip of zeros", zipOfZeros),
		corrupt("gzip of zeros", () => gzipSync(zeros())),
		{
			name: "a day of FLAC in 160 KB",
			bytes: () => longFlac({ hours: 24, declaredHours: 24 }),
			end: "too_long",
			isLong: true,
		},
		{
			name: "a day of FLAC that says it is three seconds",
			bytes: () => longFlac({ hours: 24, declaredHours: 3 / 3_600 }),
			end: "too_long",
			isLong: true,
		},
		{
			name: "two hours of FLAC that say they are three seconds",
			bytes: () => longFlac({ hours: 2, declaredHours: 3 / 3_600 }),
			end: "converted",
			isLong: true,
		},
		either("a picture of 65535 by 65535", async () =>
			withGiganticPicture(await readFile(await clip("mp4"))),
		),
		refused("WAV at 4294967295 Hz", () => wav({ rateHz: 0xffffffff })),
		refused("WAV at 0 Hz", () => wav({ rateHz: 0 })),
		refused("WAV of 65535 channels", () => wav({ channels: 0xffff })),
		refused("WAV of no channel", () => wav({ channels: 0 })),
		refused("WAV of 65535 bits", () => wav({ bits: 0xffff })),
		{
			name: "WAV of floating-point numbers that are none",
			bytes: () => wav({ format: FLOAT, bits: 32, fill: 0xff }),
			end: "converted",
		},
		refused("QuickTime of 65535 channels", () => soundMovie({ channels: 0xffff })),
		either("QuickTime at 0 Hz", () => soundMovie({ sampleRateHz: 0 })),
		refused("QuickTime at 1e300 Hz", () => soundMovie({ stbl: { stsd: sillyDescription() } })),
		...(["stts", "stsc", "stsz", "stco", "co64", "stss", "ctts"] as const).map((table) =>
			either(`QuickTime with 4294967295 entries in ${table}`, () =>
				soundMovie({ stbl: { [table]: box(table, words(0, ...endless(table))) } }),
			),
		),
		either("QuickTime with 268435455 samples of a byte", () =>
			soundMovie({
				stbl: {
					stsz: box("stsz", words(0, 1, 0xfffffff)),
					stsc: box("stsc", words(0, 1, 1, 0xfffffff, 1)),
					stts: box("stts", words(0, 1, 0xfffffff, 1)),
				},
			}),
		),
		refused("QuickTime with 20000 boxes in each other", () => nested("moov", 20_000)),
		refused("QuickTime with 20000 tracks", () => manyTracks(20_000)),
		refused("QuickTime with an index that unpacks to a gigabyte", packedIndex),
		refused("an ID3 tag of 256 MB", () =>
			Buffer.concat([Buffer.from("ID3\x04\0\0\x7f\x7f\x7f\x7f", "latin1"), Buffer.alloc(4_096)]),
		),
	];
}

const zeros = () => Buffer.alloc(67_108_864);

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3 */
function zipOfZeros(): Buffer {
	const content = zeros();
	const packed = deflateRawSync(content);
	const name = Buffer.from("../../canary.mp4");
	const facts = Buffer.alloc(26);
	facts.writeUInt16LE(20, 0);
	facts.writeUInt16LE(8, 4);
	facts.writeUInt32LE(crc32(content), 10);
	facts.writeUInt32LE(packed.length, 14);
	facts.writeUInt32LE(content.length, 18);
	facts.writeUInt16LE(name.length, 22);
	const local = Buffer.concat([Buffer.from("PK\x03\x04"), facts, name, packed]);
	const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), facts, Buffer.alloc(14), name]);
	const end = Buffer.alloc(22);
	end.write("PK\x05\x06", "latin1");
	end.writeUInt16LE(1, 8);
	end.writeUInt16LE(1, 10);
	end.writeUInt32LE(central.length, 12);
	end.writeUInt32LE(local.length, 16);
	return Buffer.concat([local, central, end]);
}

/** Width and height in the track's header and in the description of its samples. */
function withGiganticPicture(mp4: Buffer): Buffer {
	const avc1 = mp4.indexOf("avc1", mp4.indexOf("stsd"));
	mp4.writeUInt32BE(0xffffffff, avc1 + 28);
	const tkhd = mp4.indexOf("tkhd");
	mp4.writeUInt32BE(0xffffffff, tkhd + 80);
	mp4.writeUInt32BE(0xffffffff, tkhd + 84);
	return mp4;
}

const [PCM, FLOAT] = [1, 3];

function wav({ format = PCM, rateHz = 8_000, channels = 1, bits = 16, fill = 1 }): Buffer {
	const head = Buffer.alloc(44);
	head.write("RIFF\xff\xff\xff\xffWAVEfmt ", "latin1");
	head.writeUInt32LE(16, 16);
	head.writeUInt16LE(format, 20);
	head.writeUInt16LE(channels, 22);
	head.writeUInt32LE(rateHz, 24);
	head.writeUInt32LE((rateHz * 2) >>> 0, 28);
	head.writeUInt16LE(((channels * bits) / 8) & 0xffff, 32);
	head.writeUInt16LE(bits, 34);
	head.write("data\xff\xff\xff\xff", 36, "latin1");
	return Buffer.concat([head, Buffer.alloc(16_000, fill)]);
}

/** The second version of the description of sound, which has room for everything. */
function sillyDescription(): Buffer {
	const entry = Buffer.alloc(64);
	entry.writeUInt16BE(1, 6);
	entry.writeUInt16BE(2, 8);
	entry.writeDoubleBE(1e300, 32);
	entry.writeUInt32BE(0x7fffffff, 40);
	entry.writeUInt32BE(0x7fffffff, 48);
	return box("stsd", words(0, 1), box("lpcm", entry));
}

/** A count of entries, and then hardly any. */
function endless(table: string): number[] {
	const count = 0xffffffff;
	return table === "stsz" ? [0, count, 2, 2] : [count, 1, 1, 1];
}

function nested(type: string, depth: number): Buffer {
	const head = box("ftyp", Buffer.from("qt  "), words(0));
	const boxes = Buffer.alloc(depth * 8);
	for (let at = 0; at < depth; at++) {
		boxes.writeUInt32BE((depth - at) * 8, at * 8);
		boxes.write(at === 0 ? type : "trak", at * 8 + 4);
	}
	return Buffer.concat([head, boxes]);
}

function manyTracks(count: number): Buffer {
	const handler = box("hdlr", words(0), Buffer.from("mhlrsoun"), Buffer.alloc(13));
	const track = box("trak", box("tkhd", Buffer.alloc(84)), box("mdia", handler));
	return Buffer.concat([
		box("ftyp", Buffer.from("qt  "), words(0)),
		box("moov", box("mvhd", Buffer.alloc(100)), ...Array(count).fill(track)),
	]);
}

/** https://developer.apple.com/documentation/quicktime-file-format/compressed_movie_resources */
function packedIndex(): Buffer {
	const packed = deflateSync(zeros());
	const data = box("cmvd", words(0x40000000), packed);
	return Buffer.concat([
		box("ftyp", Buffer.from("qt  "), words(0)),
		box("moov", box("cmov", box("dcom", Buffer.from("zlib")), data)),
	]);
}
