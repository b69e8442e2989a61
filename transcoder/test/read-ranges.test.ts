import { setImmediate } from "node:timers/promises";
import { expect, vi } from "vitest";
import { FIRST_UNDER_WAY_BYTES, RANGE_PIECE_BYTES, UNDER_WAY_BYTES } from "../limits.ts";
import { createRangeReader } from "../storage/range-reader.ts";
import { readRanges } from "../storage/read-ranges.ts";
import { instantPacing } from "./instant-pacing.ts";
import type { Exchange } from "./peers/exchange.ts";
import { etagOf, signedIn } from "./peers/object-store.ts";
import { test } from "./peers-test.ts";

const never = new AbortController().signal;

test("what is under way grows with what has come, up to its limit", async ({ peers }) => {
	const sizeBytes = 4 * UNDER_WAY_BYTES;
	const bytes = Buffer.alloc(sizeBytes);
	peers.store.objects.set("video", bytes);
	const url = signedIn(2099, `${peers.url}${peers.store.presign("GET", "video")}`);
	const reader = createRangeReader({ url, sizeBytes }, instantPacing());
	await reader.read({ offset: 0, sizeBytes: 1 }, () => {}, never);

	const pieces = sizeBytes / RANGE_PIECE_BYTES;
	const held: Exchange[] = [];
	for (let count = 0; count < pieces; count++) {
		peers.store.failLater("GET", 0, (exchange) => held.push(exchange));
	}
	const destination = { keep: () => {}, onProgress: () => {} };
	const read = readRanges(reader, [{ offset: 0, sizeBytes }], destination, never);

	const atOnce: number[] = [];
	for (let answered = 0; answered < pieces; answered++) {
		const grown = FIRST_UNDER_WAY_BYTES / RANGE_PIECE_BYTES + answered;
		const expected = Math.min(grown, UNDER_WAY_BYTES / RANGE_PIECE_BYTES, pieces - answered);
		await vi.waitFor(() => expect(held.length).toBeGreaterThanOrEqual(expected));
		for (let turn = 0; turn < 100; turn++) await setImmediate();
		atOnce.push(held.length);
		answer(held.shift(), bytes);
	}
	expect(await read).toMatchObject({ ok: true });
	expect(atOnce.slice(0, 9)).toEqual([2, 3, 4, 5, 6, 7, 8, 8, 8]);
	expect(Math.max(...atOnce)).toBe(8);
});

function answer(exchange: Exchange | undefined, bytes: Buffer): void {
	const range = exchange?.headers.range ?? "";
	const [from = 0, to = 0] = range.match(/\d+/g)?.map(Number) ?? [];
	const contentRange = `bytes ${from}-${to}/${bytes.length}`;
	const headers = { etag: etagOf(bytes), "content-range": contentRange };
	exchange?.reply(206, bytes.subarray(from, to + 1), headers);
}
