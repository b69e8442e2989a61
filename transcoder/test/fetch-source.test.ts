import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, vi } from "vitest";
import { createLog } from "../log.ts";
import { fetchSource, type Wanted } from "../storage/fetch-source.ts";
import { GrowingFile } from "../storage/growing-file.ts";
import { instantPacing } from "./instant-pacing.ts";
import {
	LARGE_SECONDS,
	largeMkv,
	largeMovOfSound,
	largeMp4,
	largeMp4Backwards,
	largeMp4ByTheFrame,
	largeMp4ByTheFrameMoovFirst,
	largeMp4Cut,
	largeMp4EditedBack,
	largeMp4FarFromZero,
	largeMp4Fragmented,
	largeMp4In64Bits,
	largeMp4LateSound,
	largeMp4MoovLast,
	largeMp4OverAndOver,
	largeMp4SoundFirst,
	largeMp4Truncated,
	largeMp4TwoSounds,
	largeMp4WithoutSound,
	largeWith,
	mp4,
} from "./media.ts";
import { box, movie, words } from "./movie.ts";
import { answer, type Exchange, type Fault, hangUp } from "./peers/exchange.ts";
import { etagOf, type ObjectStore, signedIn } from "./peers/object-store.ts";
import { test as base } from "./peers-test.ts";
import { samplesOf } from "./samples.ts";

type About = Wanted & {
	signal: AbortSignal;
	whileItGrows: (growing: GrowingFile) => Promise<unknown>;
};

/** A video in storage, and the fetching of it; with what was read for it. */
const test = base
	.extend("pacing", () => instantPacing())
	.extend("fetching", async ({ peers, pacing }, { onCleanup }) => {
		const directory = await mkdtemp(join(tmpdir(), "earshot-fetch-source-"));
		onCleanup(() => rm(directory, { recursive: true }));
		const path = join(directory, "source");
		const url = signedIn(2099, `${peers.url}${peers.store.presign("GET", "video")}`);

		return async (video: string, about: Partial<About> = {}) => {
			const { signal, sound } = { signal: never, sound: 0, ...about };
			const growing = new GrowingFile(path);
			const whileItGrows = about.whileItGrows?.(growing);
			const bytes = peers.store.objects.get("video") ?? (await readFile(video));
			peers.store.objects.set("video", bytes);
			const logged: Record<string, unknown>[] = [];
			const log = createLog("info", (line) => logged.push(JSON.parse(line)));
			const fractions: number[] = [];
			const onProgress = (fraction: number) => fractions.push(fraction);
			const tools = { onProgress, pacing, log, growing };
			const sizeBytes = bytes.length;
			const wanted = { source: { url, sizeBytes }, sound };
			const result = await fetchSource(wanted, path, tools, signal);
			await whileItGrows;
			return { result, path, fractions, logged, ...peers.store.seen };
		};
	});

const never = new AbortController().signal;
const PCM_BY_THE_FRAME = ["-c:a", "pcm_s16be", "-chunk_duration", "0"];
const LPCM = ["-ar", "96000", "-ac", "1", "-c:a", "pcm_s16le"];

describe.concurrent("the sound alone", () => {
	test.for<[string, () => Promise<string>]>([
		["MP4 for streaming", largeMp4],
		["MP4 with its index at the end", largeMp4MoovLast],
		["MP4 that takes turns by the frame", largeMp4ByTheFrameMoovFirst],
		["MP4 that takes turns by the frame, with its index at the end", largeMp4ByTheFrame],
		["MP4 with positions of 64 bits", largeMp4In64Bits],
		["MP4 whose sound lies backwards", largeMp4Backwards],
		["MP4 whose edit list goes back", largeMp4EditedBack],
		["MP4 with a second sound", largeMp4TwoSounds],
		["MP4 with the sound before the picture", largeMp4SoundFirst],
		["MP4 whose sound starts late and ends early", largeMp4LateSound],
		["MP4 that was cut", largeMp4Cut],
		["MP4 with ALAC", () => largeWith("alac.mp4", ["-c:a", "alac"])],
		["MP4 with AC-3, frames of one size", () => largeWith("ac3.mp4", ["-c:a", "ac3"])],
		["MP4 with Opus", () => largeWith("opus.mp4", ["-ar", "48000", "-c:a", "libopus"])],
		["MP4 with MP3", () => largeWith("mp3.mp4", ["-c:a", "libmp3lame"])],
		["QuickTime with AAC", () => largeWith("aac.mov", ["-c:a", "aac"])],
		["QuickTime with PCM", () => largeWith("sowt.mov", ["-c:a", "pcm_s16le"])],
		["QuickTime with PCM of 24 bits", () => largeWith("in24.mov", ["-c:a", "pcm_s24le"])],
		["QuickTime with PCM of 8 bits", () => largeWith("raw.mov", ["-c:a", "pcm_u8"])],
		["QuickTime with PCM as A-law", () => largeWith("alaw.mov", ["-c:a", "pcm_alaw"])],
		["QuickTime with float PCM", () => largeWith("fl32.mov", ["-ac", "1", "-c:a", "pcm_f32be"])],
		["QuickTime with PCM of 96 kHz", () => largeWith("lpcm.mov", LPCM)],
		["QuickTime with PCM by the frame", () => largeWith("fine.mov", PCM_BY_THE_FRAME)],
		["QuickTime without a picture", largeMovOfSound],
	])("of %s is the same, sample by sample", async ([_kind, video], { fetching, peers }) => {
		const original = await video();
		const { result, path, requests, bytesServed, fractions, logged } = await fetching(original);
		expect(result).toEqual({ ok: true, value: { isSoundAlone: true } });
		expect(logged).toMatchObject([
			{ event: "source_fetched", way: "sound_only", requests, bytesRead: bytesServed },
		]);
		const needed = (await soundBytes(original)) + (await indexBytes(original));
		expect((await stat(path)).size).toBeLessThan(needed + 100);
		expect(fractions.at(-1)).toBe(1);

		expect(await samplesOf(path)).toBe(await samplesOf(original));
		const [is, was] = [await describeSound(path), await describeSound(original)];
		expect(is).toEqual(was);
		expect(peers.strangers).toEqual([]);
	});

	test("is the one that was asked for", async ({ fetching }) => {
		const original = await largeMp4TwoSounds();
		const { result, path } = await fetching(original, { sound: 1 });
		expect(result).toEqual({ ok: true, value: { isSoundAlone: true } });
		expect(await samplesOf(path)).toBe(await samplesOf(original, 1));
	});

	test.for([
		["first", largeMp4],
		["last", largeMp4MoovLast],
	] as const)(
		"costs little more than its own bytes and those of an index that comes %s",
		async ([_place, video], { fetching }) => {
			const original = await video();
			const { bytesServed, requests } = await fetching(original);
			const needed = (await soundBytes(original)) + (await indexBytes(original));
			expect(bytesServed).toBeLessThan(1.15 * needed);
			// One for each second, and two for the index.
			expect(requests).toBeLessThanOrEqual(LARGE_SECONDS + 4);
		},
	);
});

describe.concurrent("while it arrives, the sound alone", () => {
	test.for<[string, () => Promise<string>]>([
		["in the file's order", largeMp4ByTheFrame],
		["in another order", largeMp4Backwards],
	])(
		"is read from its start as far as it is whole: %s",
		async ([_order, make], { fetching, peers }) => {
			const original = await make();
			const { requests, path } = await fetching(original);
			await rm(path);
			const held: Exchange[] = [];
			peers.store.failLater("GET", requests - 8, (exchange) => held.push(exchange));
			const read: Buffer[] = [];
			const fetched = fetching(original, {
				whileItGrows: async (growing) => {
					for await (const bytes of growing.read(never)) read.push(bytes);
				},
			});
			await vi.waitFor(() => expect(peers.store.seen.requests).toBe(2 * requests));
			for (let turn = 0; turn < 1_000; turn++) await setImmediate();
			for (const exchange of held) peers.store.handle(exchange);
			await fetched;
			expect(Buffer.concat(read).equals(await readFile(path))).toBe(true);
		},
	);

	test("says what it is before all of it is there", async ({ fetching, peers }) => {
		const held: Exchange[] = [];
		peers.store.failLater("GET", 12, (exchange) => held.push(exchange));
		const { result } = await fetching(await largeMp4(), {
			whileItGrows: async (growing) => {
				expect(await growing.head(never)).toMatchObject({ isSoundAlone: true });
				await vi.waitFor(() => expect(held).toHaveLength(1));
				for (const exchange of held) peers.store.handle(exchange);
			},
		});
		expect(result).toMatchObject({ ok: true });
	});

	test("is not mixed with the whole file that is fetched in its place", async ({
		fetching,
		peers,
	}) => {
		peers.store.failLater("GET", 3, answer(416));
		const { result } = await fetching(await largeMp4(), {
			whileItGrows: async (growing) => {
				const reading = Array.fromAsync(growing.read(never));
				await expect(reading).rejects.toThrow("given up");
			},
		});
		expect(result).toEqual({ ok: true, value: { isSoundAlone: false } });
	});
});

describe.concurrent("the whole file is fetched", () => {
	test("when all of it is wanted, without a look at its index", async ({ fetching }) => {
		const { result, logged, requests } = await fetching(await largeMp4(), { sound: undefined });
		expect(result).toEqual({ ok: true, value: { isSoundAlone: false } });
		expect(logged).toMatchObject([{ way: "whole", reason: "wanted" }]);
		expect(requests).toBe(1);
	});

	test.for<[string, () => Promise<string>, reason: string, requests: number]>([
		["a small file", mp4, "small", 0],
		["Matroska", largeMkv, "not made of boxes", 1],
		["fragmented MP4", largeMp4Fragmented, "unknown box", 1],
		["MP4 without sound", largeMp4WithoutSound, "no such sound track", 2],
		["MP4 that says the same chunk over and over", largeMp4OverAndOver, "chunks overlap", 3],
		["MP4 that begins after an hour", largeMp4FarFromZero, "begins far from zero", 3],
		["MP4 that was cut off", largeMp4Truncated, "not made of boxes", 1],
	])("of %s, after few requests", async ([_kind, video, reason, asked], { fetching }) => {
		const original = await video();
		const { result, path, logged, requests, bytesServed } = await fetching(original);
		expect(result).toEqual({ ok: true, value: { isSoundAlone: false } });
		const bytes = await readFile(original);
		expect((await readFile(path)).equals(bytes)).toBe(true);
		expect(logged).toMatchObject([{ way: "whole", reason, bytesRead: bytesServed }]);
		expect(requests).toBeLessThanOrEqual(asked + 1);
		expect(bytesServed - bytes.length).toBeLessThanOrEqual(asked * 65_536);
	});

	test.for<[string, string, Partial<PartialAnswer>]>([
		["200", "a range answered 200", { status: 200 }],
		["416", "a range answered 416", { status: 416 }],
		["another range", "another range", { headers: { "content-range": "bytes 0-9/100" } }],
		["no Content-Range", "another range", { headers: { "content-range": "" } }],
		["less than it announces", "another length", { body: (part) => part.subarray(1) }],
		[
			"more than was asked for",
			"a range too long",
			{ headers: { "content-length": "" }, body: (part) => Buffer.concat([part, part]) },
		],
		["an encoded body", "an encoded range", { headers: { "content-encoding": "zstd" } }],
		["no ETag", "a range without ETag", { headers: { etag: "" } }],
	])(
		"when a range is answered with %s, at first or later",
		async ([_kind, reason, change], { fetching, peers }) => {
			const original = await largeMp4();
			for (const after of [0, 20]) {
				peers.store.failLater("GET", after, partial(peers.store, change));
				const { result, path, logged } = await fetching(original);
				expect(result).toEqual({ ok: true, value: { isSoundAlone: false } });
				expect(logged).toMatchObject([{ way: "whole", reason }]);
				expect((await readFile(path)).equals(await readFile(original))).toBe(true);
				await rm(path);
			}
		},
	);
});

describe.concurrent("a file of boxes that is no movie's, or a strange one's", () => {
	const free = box("free", Buffer.alloc(1_000_000));
	const tiny = box("free");
	const { ftyp, moov } = movie();

	test.for<[string, reason: string, requests: number, Buffer[]]>([
		["no moov", "no moov", 1, [ftyp, box("mdat", Buffer.alloc(9_000_000))]],
		["two moov", "unusual moov", 1, [ftyp, moov, moov, box("mdat", Buffer.alloc(9_000_000))]],
		["a moov of 70 MB", "unusual moov", 1, [ftyp, box("moov", Buffer.alloc(70_000_000))]],
		["an ftyp of 1 MB", "unusual ftyp", 1, [box("ftyp", Buffer.alloc(1_000_000)), ...nine(free)]],
		["moof", "unknown box", 1, [ftyp, moov, box("moof"), ...nine(free)]],
		["boxes all over the file", "an index in too many places", 8, [ftyp, ...nine(free)]],
		["a million boxes", "an index in too many places", 8, Array(1_100_000).fill(tiny)],
		["a size below its header's", "not made of boxes", 1, [words(7, 0), ...nine(free)]],
		["a size of 64 bits past the end", "not made of boxes", 1, [words(1, 0, 1, 0), ...nine(free)]],
		["bytes left at the end", "not made of boxes", 2, [box("mdat", ...nine(free)), words(9)]],
	])(
		"is fetched whole, after few requests: %s",
		async ([_kind, reason, asked, parts], { fetching, peers }) => {
			const bytes = Buffer.concat(parts);
			peers.store.objects.set("video", bytes);
			const { result, logged, requests, bytesServed } = await fetching("");
			expect(result).toEqual({ ok: true, value: { isSoundAlone: false } });
			expect(logged).toMatchObject([{ way: "whole", reason }]);
			expect(requests).toBe(asked + 1);
			expect(bytesServed - bytes.length).toBeLessThanOrEqual(asked * 65_536);
		},
	);
});

describe.concurrent("ranges", () => {
	test("are asked for sixteen at a time", async ({ fetching, peers }) => {
		const held: Exchange[] = [];
		for (let count = 0; count < 16; count++) {
			peers.store.failLater("GET", count === 0 ? 1 : 0, (exchange) => held.push(exchange));
		}
		const fetched = fetching(await largeMp4());
		await vi.waitFor(() => expect(held).toHaveLength(16));
		for (let turn = 0; turn < 100; turn++) await setImmediate();
		expect(peers.store.seen.requests).toBe(1 + 16);
		for (const exchange of held) peers.store.handle(exchange);
		expect((await fetched).result).toMatchObject({ ok: true });
	});

	test("that are large are few at first: the front is not as late as the end", async ({
		fetching,
		peers,
	}) => {
		const held: Exchange[] = [];
		for (let count = 0; count < 3; count++) {
			peers.store.failLater("GET", count === 0 ? 2 : 0, (exchange) => held.push(exchange));
		}
		const fetched = fetching(await largeMp4ByTheFrame());
		await vi.waitFor(() => expect(held).toHaveLength(2));
		for (let turn = 0; turn < 100; turn++) await setImmediate();
		// No more, though more is wanted…
		expect(held).toHaveLength(2);
		const [first, second] = held.splice(0);
		if (first) peers.store.handle(first);
		// …before the first has come.
		await vi.waitFor(() => expect(held).toHaveLength(1));
		for (const exchange of [second, ...held]) if (exchange) peers.store.handle(exchange);
		expect((await fetched).result).toMatchObject({ ok: true });
	});
});

describe.concurrent("ranges that break", () => {
	test("are asked for again, and only they", async ({ fetching, peers, pacing }) => {
		const original = await largeMp4();
		const short = partial(peers.store, {
			// Chunked: nothing in the answer's head says how much is to come.
			headers: { "content-length": "" },
			body: (part) => part.subarray(part.length / 2),
		});
		for (const fault of [answer(503), short, hangUp]) peers.store.failLater("GET", 10, fault);
		const { result, path, logged, requests } = await fetching(original);
		expect(result).toMatchObject({ ok: true });
		expect(logged).toMatchObject([{ way: "sound_only", requests }]);
		expect(pacing.sleptMs).toHaveLength(3);
		expect(await samplesOf(path)).toBe(await samplesOf(original));
	});

	test("eight times over fail the fetch", async ({ fetching, peers }) => {
		peers.store.failLater("GET", 10, answer(503));
		peers.store.failNext("GET", ...Array<Fault>(500).fill(answer(500)));
		const { result, logged } = await fetching(await largeMp4());
		expect(result).toMatchObject({ ok: false, code: "storage_unavailable" });
		expect(logged).toEqual([]);
	});

	test.for([
		[404, "source_missing"],
		[412, "storage_unavailable"],
		[403, "storage_unavailable"],
	] as const)(
		"with %i fail the fetch as %s",
		async ([status, code], { fetching, peers, pacing }) => {
			peers.store.failLater("GET", 10, answer(status));
			const { result } = await fetching(await largeMp4());
			expect(result).toMatchObject({ ok: false, code });
			expect(pacing.sleptMs).toEqual([]);
		},
	);

	test("because the URL has expired by storage's clock say so", async ({ fetching, peers }) => {
		peers.store.failLater("GET", 10, answer(400, { date: "Fri, 01 Jan 2100 00:00:00 GMT" }));
		const { result } = await fetching(await largeMp4());
		expect(result).toMatchObject({ ok: false, code: "urls_expired" });
	});

	test("for good do not wait for the others", { timeout: 15_000 }, async ({ fetching, peers }) => {
		const original = await largeMp4();
		const neverAnswered: Fault = () => {};
		peers.store.failLater("GET", 10, neverAnswered);
		peers.store.failLater("GET", 5, answer(404));
		const { result } = await fetching(original);
		expect(result).toMatchObject({ ok: false, code: "source_missing" });
	});

	test("never join two different objects", async ({ fetching, peers }) => {
		const other = Buffer.alloc((await stat(await largeMp4())).size);
		peers.store.failLater("GET", 10, (exchange) => {
			peers.store.objects.set("video", other);
			peers.store.handle(exchange);
		});
		const { result } = await fetching(await largeMp4());
		expect(result).toMatchObject({ ok: false, code: "storage_unavailable" });
		expect(result).toHaveProperty("detail", expect.stringContaining("412"));
	});

	test("never join two different objects, even when If-Match is not heeded", async ({
		fetching,
		peers,
	}) => {
		peers.store.failLater("GET", 10, partial(peers.store, { headers: { etag: '"another"' } }));
		const { result } = await fetching(await largeMp4());
		expect(result).toMatchObject({ ok: false, code: "storage_unavailable" });
	});

	test("by the signal's will end the fetch", async ({ fetching, peers }) => {
		const abort = new AbortController();
		peers.store.failLater("GET", 10, () => abort.abort(new Error("enough")));
		await expect(fetching(await largeMp4(), { signal: abort.signal })).rejects.toThrow("enough");
	});
});

const nine = (part: Buffer) => Array<Buffer>(9).fill(part);

type PartialAnswer = {
	status: number;
	/** In place of good ones; empty ones are left out. */
	headers: Record<string, string>;
	body: (part: Buffer) => Buffer;
};

/** The right answer to a range, but for what is changed. */
function partial(store: ObjectStore, change: Partial<PartialAnswer>): Fault {
	return ({ response, headers: { range = "" } }) => {
		const bytes = store.objects.get("video") ?? Buffer.alloc(0);
		const [from = 0, to = 0] = range.match(/\d+/g)?.map(Number) ?? [];
		const part = bytes.subarray(from, to + 1);
		const body = change.body?.(part) ?? part;
		const headers = {
			etag: etagOf(bytes),
			"content-range": `bytes ${from}-${to}/${bytes.length}`,
			"content-length": String(body.length),
			...change.headers,
		};
		store.seen.bytesServed += body.length;
		const present = Object.entries(headers).filter(([, value]) => value !== "");
		response.writeHead(change.status ?? 206, Object.fromEntries(present)).end(body);
	};
}

/** What the outcome says of a source, and what its truncation is told by. */
async function describeSound(path: string): Promise<string> {
	const entries = "stream=codec_name,start_time,duration,nb_frames:format=format_name,duration";
	const args = ["-v", "error", "-select_streams", "a:0", "-show_entries", entries];
	return run("ffprobe", [...args, "-of", "json", path]);
}

/** Of all there is, played or not. */
async function soundBytes(path: string): Promise<number> {
	const args = ["-v", "error", "-select_streams", "a:0", "-show_entries", "packet=size"];
	const sizes = await run("ffprobe", [...args, "-of", "csv=p=0", "-ignore_editlist", "1", path]);
	return sizes.split("\n").reduce((sum, size) => sum + Number.parseInt(size || "0", 10), 0);
}

async function indexBytes(path: string): Promise<number> {
	const bytes = await readFile(path);
	return bytes.readUInt32BE(bytes.indexOf("moov") - 4);
}

async function run(program: string, args: string[]): Promise<string> {
	return (await promisify(execFile)(program, args)).stdout;
}
