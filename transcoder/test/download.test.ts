import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { downloadSource } from "../storage/download.ts";
import { instantPacing } from "./instant-pacing.ts";
import { answer, type Fault, hangUp } from "./peers/exchange.ts";
import { breakAfter, etagOf } from "./peers/object-store.ts";
import { test as base } from "./peers-test.ts";

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

/** One object, and the download of it. */
const test = base
	.extend("pacing", () => instantPacing())
	.extend("download", async ({ peers, pacing }, { onCleanup }) => {
		const directory = await mkdtemp(join(tmpdir(), "earshot-download-"));
		onCleanup(() => rm(directory, { recursive: true }));
		const path = join(directory, "source");
		peers.store.objects.set("video", bytes);
		const url = `${peers.url}${peers.store.presign("GET", "video")}`;
		return async (signal = new AbortController().signal, sizeBytes = bytes.length) => {
			const fractions: number[] = [];
			const onProgress = (fraction: number) => fractions.push(fraction);
			const result = await downloadSource({ url, sizeBytes }, path, { onProgress, pacing }, signal);
			return { result, fractions, file: await readFile(path) };
		};
	});

describe("a download", () => {
	test("brings every byte, however often it breaks", async ({ peers, download }) => {
		peers.store.failNext("GET", answer(503), breakAfter(bytes, 40_000), hangUp);
		const { result, file, fractions } = await download();
		expect(result).toMatchObject({ ok: true });
		expect(file.equals(bytes)).toBe(true);
		expect(fractions.at(-1)).toBe(1);
		expect(peers.store.seen.ranges).toHaveLength(1);
	});

	test("never joins two different objects", async ({ peers, download }) => {
		peers.store.failNext("GET", (exchange) => {
			breakAfter(bytes, 40_000)(exchange);
			peers.store.objects.set("video", Buffer.alloc(bytes.length));
		});
		const { result } = await download();
		expect(result).toMatchObject({ ok: false, code: "storage_unavailable" });
	});

	test("starts over when the server does not do ranges", async ({ peers, download }) => {
		const whole: Fault = (exchange) => exchange.reply(200, bytes, { etag: etagOf(bytes) });
		peers.store.failNext("GET", breakAfter(bytes, 40_000), whole);
		const { result, file } = await download();
		expect(result).toMatchObject({ ok: true });
		expect(file.equals(bytes)).toBe(true);
	});

	test("refuses another range than it asked for", async ({ peers, download }) => {
		peers.store.failNext("GET", breakAfter(bytes, 40_000), (exchange) =>
			exchange.reply(206, bytes, { "content-range": "bytes 0-99999/100000" }),
		);
		expect((await download()).result).toMatchObject({ ok: false, code: "storage_unavailable" });
	});

	test("that ends early without a word is not taken for whole", async ({ peers, download }) => {
		// Chunked: nothing in the answer says how much was to come.
		peers.store.failNext("GET", ({ response }) => {
			response.writeHead(200, { etag: etagOf(bytes), "transfer-encoding": "chunked" });
			response.end(bytes.subarray(0, 40_000));
		});
		const { result, file } = await download();
		expect(result).toMatchObject({ ok: true });
		expect(file.equals(bytes)).toBe(true);
		expect(peers.store.seen.ranges).toEqual(["bytes=40000-"]);
	});

	test("is given up after eight tries", async ({ peers, download, pacing }) => {
		peers.store.failNext("GET", ...Array<Fault>(9).fill(answer(500)));
		expect((await download()).result).toMatchObject({ ok: false, code: "storage_unavailable" });
		expect(pacing.sleptMs).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
	});

	test("waits as long as Retry-After asks", async ({ peers, download, pacing }) => {
		peers.store.failNext("GET", answer(503, { "retry-after": "20" }));
		await download();
		expect(pacing.sleptMs).toEqual([20_000]);
	});

	test("of an object larger than announced stops there", async ({ download }) => {
		const { result, file } = await download(undefined, 50_000);
		expect(result).toMatchObject({ ok: false, code: "storage_unavailable" });
		expect(file.length).toBeLessThanOrEqual(50_000);
	});

	test.for([
		[404, "source_missing"],
		[403, "storage_unavailable"],
		[410, "storage_unavailable"],
	] as const)(
		"answered %i fails at once as %s",
		async ([status, code], { peers, download, pacing }) => {
			peers.store.failNext("GET", answer(status));
			expect((await download()).result).toMatchObject({ ok: false, code });
			expect(pacing.sleptMs).toEqual([]);
		},
	);

	test("ends when it is aborted", async ({ peers, download }) => {
		const abort = new AbortController();
		peers.store.failNext("GET", () => abort.abort(new Error("enough")));
		await expect(download(abort.signal)).rejects.toThrow("enough");
	});
});
