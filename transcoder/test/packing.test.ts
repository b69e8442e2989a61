import { describe, expect, test } from "vitest";
import { Packing } from "../mp4/packing.ts";
import type { ByteRange } from "../storage/byte-range.ts";
import { seeded } from "./seeded.ts";

/** Chunks with picture in between: where they go, whichever bytes of the file come when. */

const random = seeded(20_261_121);
const source = Buffer.from(Uint8Array.from({ length: 50_000 }, () => random(256)));

describe.each([
	["in the file's order", false],
	["in another order", true],
])("chunks that are played %s", (_order, isShuffled) => {
	const chunks = isShuffled ? shuffled(chunksOf(source)) : chunksOf(source);
	const packed = Buffer.concat(
		chunks.map(({ offset, sizeBytes }) => source.subarray(offset, offset + sizeBytes)),
	);

	test("are put end to end, from bytes that come in any order and any size", () => {
		const packing = pack(chunks);
		expect(packing.sizeBytes).toBe(packed.length);
		const made = Buffer.alloc(packed.length);
		for (const { offset, bytes } of shuffled(partsOf(source))) {
			for (const { place, parts } of packing.pick(bytes, offset)) {
				made.set(Buffer.concat(parts), place);
			}
		}
		expect(made.equals(packed)).toBe(true);
	});

	test("are known to be there from the start on, as far as the file has come", () => {
		const packing = pack(chunks);
		const made = Buffer.alloc(packed.length);
		for (const { offset, bytes } of partsOf(source)) {
			for (const { place, parts } of packing.pick(bytes, offset)) {
				made.set(Buffer.concat(parts), place);
			}
			const there = packing.reach(offset + bytes.length);
			expect(made.subarray(0, there).equals(packed.subarray(0, there))).toBe(true);
		}
		expect(packing.reach(source.length)).toBe(packed.length);
	});
});

test("chunks in the file's order are one run, however many come at a time", () => {
	const runs = [...pack(chunksOf(source)).pick(source, 0)];
	expect(runs).toHaveLength(1);
	expect(runs[0]?.parts.length).toBeGreaterThan(100);
});

test("as much as has come is known to be there, but for a chunk that is not whole", () => {
	const packing = pack([
		{ offset: 100, sizeBytes: 10 },
		{ offset: 200, sizeBytes: 10 },
	]);
	expect([0, 109, 110, 209, 210].map((offset) => packing.reach(offset))).toEqual([
		0, 0, 10, 10, 20,
	]);
});

test.for<[string, ByteRange[]]>([
	["the same bytes twice", [range(10, 5), range(10, 5)]],
	["a few bytes of the one before", [range(10, 5), range(14, 5)]],
	["what another one begins with, and are played first", [range(14, 5), range(10, 5)]],
])("chunks must not have %s", ([_what, chunks]) => {
	expect(Packing.of(tables(chunks))).toEqual({ surprise: "chunks overlap" });
});

function range(offset: number, sizeBytes: number): ByteRange {
	return { offset, sizeBytes };
}

function tables(chunks: readonly ByteRange[]) {
	return {
		offsets: Float64Array.from(chunks, ({ offset }) => offset),
		sizes: Float64Array.from(chunks, ({ sizeBytes }) => sizeBytes),
		table: { at: 0, count: chunks.length, entryBytes: 4 } as const,
	};
}

function pack(chunks: readonly ByteRange[]): Packing {
	const packing = Packing.of(tables(chunks));
	return "surprise" in packing ? expect.fail(packing.surprise) : packing;
}

/** Some of them right beside the next. */
function chunksOf({ length }: Buffer): ByteRange[] {
	const chunks: ByteRange[] = [];
	for (let offset = random(50); offset < length - 50; ) {
		const sizeBytes = 1 + random(50);
		chunks.push({ offset, sizeBytes });
		offset += sizeBytes + (random(4) === 0 ? 0 : random(200));
	}
	return chunks;
}

function partsOf(bytes: Buffer) {
	const parts: { offset: number; bytes: Buffer }[] = [];
	for (let offset = 0; offset < bytes.length; ) {
		const part = bytes.subarray(offset, offset + 1 + random(1_000));
		parts.push({ offset, bytes: part });
		offset += part.length;
	}
	return parts;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
	const keyed = items.map((item) => ({ item, key: random(2 ** 30) }));
	return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
