import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type AudioOnlyPlan, type MovieIndex, planAudioOnly } from "../mp4/audio-only.ts";
import { boxAt, boxesIn } from "../mp4/boxes.ts";
import type { Surprise } from "../mp4/surprise.ts";
import { largeMp4, largeWith } from "./media.ts";
import { box, chunkAt, MOVIE_BYTES, movie, TICKS_PER_SECOND, words } from "./movie.ts";
import { seeded } from "./seeded.ts";

/** From index to plan. What the planned files sound like: fetch-source.test.ts. */

describe("a plan", () => {
	test("takes the first sound's chunks and leaves out the other tracks", () => {
		const { ranges, header, packing } = planned(movie());
		expect(ranges).toEqual(eachChunk(1000));
		expect(packing.sizeBytes).toBe(10 * 1000);
		expect(boxesOf(header).map(({ type }) => type)).toEqual(["ftyp", "moov", "mdat"]);
		expect(countOf(header, "trak")).toBe(1);
	});

	test("keeps all of moov but the other tracks and the chunks' positions", () => {
		const source = movie({ handlers: ["soun"], moov: [box("udta", Buffer.from("HandBrake"))] });
		const { header } = planned(source);
		const moov = header.subarray(source.ftyp.length, source.ftyp.length + source.moov.length);
		const positions = moov.indexOf("stco") + 12;
		const blanked = [moov, source.moov].map((bytes) =>
			Buffer.from(bytes).fill(0, positions, positions + 40),
		);
		expect(blanked[0]?.equals(blanked[1] ?? Buffer.alloc(0))).toBe(true);
	});

	test("writes where each chunk has gone, in entries of 32 and of 64 bits", () => {
		const positions = Array.from({ length: 10 }, (_, chunk) => [0, chunkAt(chunk)]).flat();
		const co64 = box("co64", words(0, 10, ...positions));
		for (const source of [movie(), movie({ stbl: { stco: co64 } })]) {
			const { header } = planned(source);
			const expected = Array.from({ length: 10 }, (_, chunk) => header.length + chunk * 1000);
			expect(positionsIn(header)).toEqual(expected);
		}
	});

	test("packs chunks as they are played, wherever in the file they are", () => {
		const offsets = Array.from({ length: 10 }, (_, chunk) => chunkAt(9 - chunk));
		const stco = box("stco", words(0, 10, ...offsets));
		const { header, ranges, packing } = planned(movie({ stbl: { stco } }));
		expect(ranges).toEqual(eachChunk(1000));
		expect(positionsIn(header)).toEqual(offsets.map((_, at) => header.length + at * 1000));
		const [first] = packing.pick(Buffer.alloc(1000), chunkAt(0));
		expect(first?.place).toBe(9 * 1000);
	});

	test("is made of sound that begins late, if another track does not", () => {
		const atOnce = words(0, 1, ...MEDIA_EDIT);
		expect(planned(movie({ edits: [atOnce, LATE, LATE] })).ranges).toHaveLength(10);
		expect(planned(movie({ edits: [LATE, LATE, atOnce] })).ranges).toHaveLength(10);
		const slightly = words(0, 2, ...empty(0.4), ...MEDIA_EDIT);
		expect(planned(movie({ edits: [LATE, slightly, LATE] })).ranges).toHaveLength(10);
	});

	test("reads what lies in between where there are too many chunks to ask for each", () => {
		const chunksOf = (count: number) => {
			const positions = Array.from({ length: count }, (_, chunk) => 1_000 + chunk * 100_000);
			const stco = box("stco", words(0, count, ...positions));
			const stsz = box("stsz", words(0, 1000, count));
			const media = [{ offset: 0, sizeBytes: 2 ** 31 }];
			return movie({ stbl: { stco, stsz }, media });
		};
		expect(planned(chunksOf(20_000)).ranges).toHaveLength(20_000);
		const { ranges, packing } = planned(chunksOf(20_001));
		expect(ranges).toEqual([{ offset: 1_000, sizeBytes: 20_000 * 100_000 + 1000 }]);
		expect(packing.sizeBytes).toBe(20_001 * 1000);
	});

	test("is made of twelve hours that take turns by the frame", () => {
		const count = 12 * 3_600 * 47;
		const positions = Buffer.alloc(4 * count);
		for (let chunk = 0; chunk < count; chunk++) positions.writeUInt32BE(2_000 * chunk, 4 * chunk);
		const stco = box("stco", words(0, count), positions);
		const stsz = box("stsz", words(0, 400, count));
		const media = [{ offset: 0, sizeBytes: 2 ** 32 }];
		expect(planned(movie({ stbl: { stco, stsz }, media })).ranges).toHaveLength(1);
	});

	test("reads compact sample sizes", () => {
		const bytes = Buffer.from(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 3 : 232)));
		const { ranges } = planned(movie({ stbl: { stsz: box("stz2", words(0, 16, 10), bytes) } }));
		expect(ranges).toEqual(eachChunk(1000));
	});

	test("measures PCM by its description, whether its table of sizes agrees or says 1", () => {
		const fields = Buffer.alloc(28);
		// Stereo, 16 bits.
		fields.writeUInt16BE(2, 16);
		fields.writeUInt16BE(16, 18);
		const stsd = box("stsd", words(0, 1), box("sowt", fields));
		const stts = box("stts", words(0, 1, 2_500, 1));
		const stsc = box("stsc", words(0, 1, 1, 250, 1));
		for (const each of [1, 4]) {
			const stsz = box("stsz", words(0, each, 2_500));
			expect(planned(movie({ stbl: { stsd, stts, stsc, stsz } })).ranges).toEqual(eachChunk(1000));
		}
		const stsz = box("stsz", words(0, 2, 2_500));
		const odd = planAudioOnly(movie({ stbl: { stsd, stts, stsc, stsz } }), 0);
		expect(odd).toEqual({ surprise: "unusual PCM" });
	});

	test("finds chunks in a second mdat as well", () => {
		const media = [
			{ offset: chunkAt(0), sizeBytes: 1000 },
			{ offset: chunkAt(1), sizeBytes: 10_000_000 },
		];
		expect(planned(movie({ media })).ranges).toEqual(eachChunk(1000));
	});

	test("reads a moov whose size takes 64 bits, and a file without ftyp", () => {
		const { moov } = movie();
		const long = Buffer.concat([words(1), Buffer.from("moov"), words(0, moov.length + 8)]);
		const source = { ...movie(), ftyp: Buffer.alloc(0) };
		const { header } = planned({ ...source, moov: Buffer.concat([long, moov.subarray(8)]) });
		expect(boxesOf(header).map(({ type }) => type)).toEqual(["moov", "mdat"]);
		expect(header.equals(planned(source).header)).toBe(true);
	});
});

/** Edits: how long, from which media time (-1: nothing), how fast. */
const MEDIA_EDIT = [6_000, 0, 0x10000];
const empty = (seconds: number) => [seconds * TICKS_PER_SECOND, 0xffff_ffff, 0x10000];
const LATE = words(0, 2, ...empty(1), ...MEDIA_EDIT);
const LATE_IN_TWO = words(0, 3, ...empty(0.4), ...empty(0.4), ...MEDIA_EDIT);
const ALL_BITS = 0xffff_ffff;
const LATE_IN_64_BITS = words(0x0100_0000, 1, 0, TICKS_PER_SECOND, ALL_BITS, ALL_BITS, 0x10000);

describe("no plan is made", () => {
	const huge = 0xffff_ffff;
	test.for<[string, MovieIndex]>([
		["fragmented", movie({ moov: [box("mvex", words(0))] })],
		["no such sound track", movie({ handlers: ["vide", "vide"] })],
		["unknown handler", movie({ handlers: ["auxv", "soun"] })],
		["iTunSMPB", movie({ moov: [box("udta", Buffer.from("iTunSMPB"))] })],
		["no single mvhd", movie({ moov: [box("mvhd")] })],
		["moov is not made of boxes", movie({ moov: [words(4, 0)] })],
		["moov is not made of boxes", movie({ moov: Array(1024).fill(box("free")) })],
		["media in another file", movie({ dref: box("dref", words(0, 1), box("url ", words(0))) })],
		["media in another file", movie({ dref: box("dref", words(0, 0)) })],
		["media in another file", movie({ dref: box("dref", words(0, huge), box("url ", words(1))) })],
		["too many mdat", movie({ media: Array(17).fill({ offset: 0, sizeBytes: MOVIE_BYTES }) })],
		["chunks outside of mdat", movie({ media: [{ offset: 0, sizeBytes: chunkAt(9) + 999 }] })],
		[
			"chunks outside of mdat",
			movie({ media: [{ offset: chunkAt(0) + 1, sizeBytes: 11_000_000 }] }),
		],
		["chunks overlap", movie({ stbl: { stsz: box("stsz", words(0, 1_000_001, 10)) } })],
		[
			"chunks overlap",
			movie({ stbl: { stco: box("stco", words(0, 10, ...Array(10).fill(chunkAt(0)))) } }),
		],
		["begins far from zero", movie({ edits: Array(3).fill(LATE) })],
		["begins far from zero", movie({ edits: [LATE, LATE_IN_64_BITS, LATE_IN_TWO] })],
		["begins far from zero", movie({ edits: Array(3).fill(words(0, huge)) })],
		["begins far from zero", movie({ edits: Array(3).fill(words()) })],
		["saio", movie({ stbl: { saio: box("saio", words(0)) } })],
		[
			"encrypted",
			movie({ stbl: { stsd: box("stsd", words(0, 1), box("enca", Buffer.alloc(28))) } }),
		],
		["stsd cannot be read", movie({ stbl: { stsd: box("stsd", words(0, huge)) } })],
		["stbl lacks a table", movie({ stbl: { both: box("co64", words(0, 0)) } })],
		["stbl is not made of boxes", movie({ stbl: { rest: words(0xffff) } })],
		["no chunks", movie({ stbl: { stco: box("stco", words(0, 0)) } })],
		[
			"too many chunks",
			movie({ stbl: { stco: box("stco", words(0, 2_097_153), Buffer.alloc(4 * 2_097_153)) } }),
		],
		["a table that cannot be read", movie({ stbl: { stco: box("stco", words(0, huge)) } })],
		[
			"a table that cannot be read",
			movie({ stbl: { stsc: box("stsc", words(0, huge, 1, 1, 1)) } }),
		],
		["a table that cannot be read", movie({ stbl: { stsz: box("stsz", words(0, 0, huge)) } })],
		[
			"a table that cannot be read",
			movie({ stbl: { stsz: box("stz2", words(0, 4, 10), words(0)) } }),
		],
		["too few samples", movie({ stbl: { stsc: box("stsc", words(0, 1, 1, huge, 1)) } })],
		["samples in no chunk", movie({ stbl: { stsz: box("stsz", words(0, 1000, huge)) } })],
		["stsc out of order", movie({ stbl: { stsc: box("stsc", words(0, 2, 1, 1, 1, 1, 1, 1)) } })],
		["stsc out of order", movie({ stbl: { stsc: box("stsc", words(0, 1, 2, 1, 1)) } })],
		["stsc out of order", movie({ stbl: { stsc: box("stsc", words(0, 2, 1, 1, 1, 12, 1, 1)) } })],
		["chunks in no run", movie({ stbl: { stsc: box("stsc", words(0, 0)) } })],
		["unusual count of samples", movie({ stbl: { stts: box("stts", words(0, 1, 10, 1)) } })],
		[
			"chunks outside of mdat",
			movie({
				stbl: {
					stsc: box("stsc", words(0, 1, 1, 0x1000_0000, 1)),
					stsz: box("stsz", words(0, huge, 0xa000_0000)),
				},
			}),
		],
		[
			"chunks outside of mdat",
			movie({ stbl: { stsz: box("stsz", words(0, 0, 10), Buffer.alloc(40)) } }),
		],
		[
			"chunks outside of mdat",
			movie({ stbl: { stco: box("co64", words(0, 10), Buffer.alloc(80, 0xff)) } }),
		],
	])("and the reason is: %s", ([reason, source]) => {
		expect(planAudioOnly(source, 0)).toEqual({ surprise: reason });
	});

	test("when a chunk would move past what 32 bits can say", () => {
		// Sound from the start to the end of the first 4 GiB; the new index in front moves it on.
		const each = Math.floor((2 ** 32 - 100) / 9);
		const positions = Array.from({ length: 10 }, (_, chunk) => 40 + chunk * each);
		const stco = box("stco", words(0, 10, ...positions));
		const stsz = box("stsz", words(0, each, 10));
		const media = [{ offset: 0, sizeBytes: 2 ** 33 }];
		const source = movie({ stbl: { stco, stsz }, media });
		expect(planAudioOnly(source, 0)).toEqual({ surprise: "stco is too narrow" });
	});
});

describe("an index that was tampered with", () => {
	test.for([
		["AAC", largeMp4],
		["PCM", () => largeWith("sowt.mov", ["-c:a", "pcm_s16le"])],
	] as const)("gives a plan inside the file or none, and soon: %s", async ([_codec, video]) => {
		const index = await indexOf(await video());
		const weak = structurePositions(index.moov);
		const random = seeded(20_261_120);
		let plans = 0;
		for (let round = 0; round < 3_000; round++) {
			const moov = Buffer.from(index.moov);
			for (let flips = 1 + random(4); flips > 0; flips--) {
				const anywhere = random(moov.length);
				// Sizes, types and counts are few among the bytes, and matter most.
				const at = random(4) > 0 ? (weak[random(weak.length)] ?? 0) : anywhere;
				moov[at] = [0, 0xff, 0x7f, random(256)][random(4)] ?? 0;
			}
			const before = performance.now();
			const plan = planAudioOnly({ ...index, moov }, 0);
			expect(performance.now() - before).toBeLessThan(1_000);
			if ("surprise" in plan) continue;
			plans++;
			expectInside(plan, index);
		}
		// Neither all refused nor all let through: both sides have been tried.
		expect(plans).toBeGreaterThan(100);
		expect(plans).toBeLessThan(2_900);
	});

	test("gives no plan when it ends anywhere before its end", async () => {
		const index = await indexOf(await largeMp4());
		for (let length = 0; length < index.moov.length; length += length < 1_000 ? 1 : 37) {
			const cut = planAudioOnly({ ...index, moov: index.moov.subarray(0, length) }, 0);
			expect(cut).toHaveProperty("surprise");
		}
	});
});

function planned(index: MovieIndex): AudioOnlyPlan {
	const plan: AudioOnlyPlan | Surprise = planAudioOnly(index, 0);
	return "surprise" in plan ? expect.fail(plan.surprise) : plan;
}

function expectInside({ header, ranges, packing }: AudioOnlyPlan, index: MovieIndex): void {
	let end = 0;
	let readBytes = 0;
	for (const range of ranges) {
		expect(range.offset).toBeGreaterThanOrEqual(end);
		expect(range.sizeBytes).toBeGreaterThan(0);
		end = range.offset + range.sizeBytes;
		readBytes += range.sizeBytes;
	}
	const [media] = index.media;
	expect(end).toBeLessThanOrEqual((media?.offset ?? 0) + (media?.sizeBytes ?? 0));
	expect(header.length).toBeLessThanOrEqual(index.ftyp.length + index.moov.length + 16);
	expect(packing.sizeBytes).toBeLessThanOrEqual(readBytes);
	expect(header.readBigUInt64BE(header.length - 8)).toBe(BigInt(16 + packing.sizeBytes));
	for (const place of positionsIn(header)) {
		expect(place).toBeGreaterThanOrEqual(header.length);
		expect(place).toBeLessThan(header.length + packing.sizeBytes);
	}
}

async function indexOf(path: string): Promise<MovieIndex> {
	const bytes = await readFile(path);
	const boxes = boxesIn(bytes, 0, bytes.length) ?? [];
	const only = (wanted: string) => {
		const found = boxes.find(({ type }) => type === wanted);
		return bytes.subarray(found?.start, found?.end);
	};
	const media = boxes
		.filter(({ type }) => type === "mdat")
		.map(({ body, end }) => ({ offset: body, sizeBytes: end - body }));
	expect(media).toHaveLength(1);
	return { ftyp: only("ftyp"), moov: only("moov"), media };
}

/** The first bytes of every box that boxes are looked for in, or counts. */
function structurePositions(moov: Buffer): number[] {
	const types = "moov mvhd trak mdia hdlr minf dinf dref stbl stsd mp4a sowt stts stsc stsz stco";
	return types.split(" ").flatMap((type) => {
		const found: number[] = [];
		for (let at = moov.indexOf(type); at >= 0; at = moov.indexOf(type, at + 4)) {
			for (let byte = at - 4; byte < Math.min(at + 28, moov.length); byte++) found.push(byte);
		}
		return found;
	});
}

const eachChunk = (sizeBytes: number) =>
	Array.from({ length: 10 }, (_, chunk) => ({ offset: chunkAt(chunk), sizeBytes }));

/** The planned file's boxes: only the header of `mdat` is there, so its size is put right. */
function boxesOf(header: Buffer) {
	const whole = Buffer.from(header);
	whole.writeBigUInt64BE(16n, header.length - 8);
	return boxesIn(whole, 0, whole.length) ?? [];
}

function countOf(bytes: Buffer, type: string): number {
	return bytes.toString("latin1").split(type).length - 1;
}

/** Where the planned file's chunks are by its own account. */
function positionsIn(header: Buffer): number[] {
	const moov = boxesOf(header).find(({ type }) => type === "moov");
	const stbl = moov && boxAt(header, moov, "trak", "mdia", "minf", "stbl");
	if (!stbl) return expect.fail("no stbl");
	const stco = boxAt(header, stbl, "stco");
	const at = (stco ?? boxAt(header, stbl, "co64") ?? expect.fail("no positions")).body + 4;
	return Array.from({ length: header.readUInt32BE(at) }, (_, entry) =>
		stco
			? header.readUInt32BE(at + 4 + entry * 4)
			: Number(header.readBigUInt64BE(at + 4 + entry * 8)),
	);
}
