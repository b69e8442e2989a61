import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, vi } from "vitest";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { convert } from "../job/convert.ts";
import { createProgress } from "../job/progress.ts";
import { createLog } from "../log.ts";
import { instantPacing } from "./instant-pacing.ts";
import { mp3Of } from "./make-mp3-of.ts";
import {
	LARGE_SECONDS,
	largeFlv,
	largeMkv,
	largeMkvSilentAtFirst,
	largeMkvTruncated,
	largeMovOfSound,
	largeMp4,
	largeMp4Backwards,
	largeMp4ByTheFrame,
	largeMp4ByTheFrameMoovFirst,
	largeMp4Cut,
	largeMp4EditedBack,
	largeMp4FarFromZero,
	largeMp4LateSound,
	largeMp4MoovLast,
	largeMp4TwoSounds,
	largeTs,
	largeWebm,
} from "./media.ts";
import type { Exchange } from "./peers/exchange.ts";
import { breakAfter, etagOf, type ObjectStore } from "./peers/object-store.ts";
import { samplesOf } from "./samples.ts";
import { test as base } from "./toolbox-test.ts";
import { isAlive } from "./transcoder-process.ts";

/*
 * Sound that is encoded while its video is still on its way.
 */

type About = { cores?: number; options?: Partial<ConversionOptions>; signal?: AbortSignal };

/** A video in storage and its conversion, with what happens on the way. */
const test = base.extend("converting", ({ peers, directory: parent, toolbox }) => {
	return async (video: string, { cores = 1, options, signal }: About = {}) => {
		const directory = await mkdtemp(join(parent, "job-"));
		const { message, targetKey } = await peers.prepare(video);
		const encoders = await listed(toolbox.ffmpeg, directory);
		const looks = await listed(toolbox.ffprobe, directory);
		const logged: Record<string, unknown>[] = [];
		const tools = {
			toolbox: { ...toolbox, ffmpeg: encoders.path, ffprobe: looks.path },
			cores: { share: () => cores },
			progress: createProgress(() => performance.now()),
			pacing: instantPacing(),
			log: createLog("info", (line) => logged.push(JSON.parse(line))),
		};
		const wanted = { ...message, options: { ...message.options, ...options } };
		const never = new AbortController().signal;
		const outcome = convert(wanted, directory, tools, signal ?? never);
		const stored = async () => {
			const path = join(directory, "stored.mp3");
			await writeFile(path, peers.store.objects.get(targetKey) ?? expect.fail("nothing stored"));
			return path;
		};
		const events = () => logged.map(({ event }) => event);
		return { outcome, pids: encoders.pids, looks: looks.pids, stored, events };
	};
});

/** A program that leaves its process id behind, as the name of a file: nothing may be written. */
async function listed(program: string, directory: string) {
	const path = join(directory, basename(program));
	const calls = `${path}-calls`;
	await mkdir(calls);
	const script = `#!/bin/sh\n: > '${calls}'/$$\nexec '${program}' "$@"\n`;
	await writeFile(path, script, { mode: 0o700 });
	return { path, pids: async () => (await readdir(calls)).map(Number) };
}

/** The first part of a video comes at once, the rest when it is let go. */
async function holdBack(video: string, store: ObjectStore) {
	const bytes = await readFile(video);
	const half = Math.floor(bytes.length * 0.7);
	const released = Promise.withResolvers<void>();
	// The first request looks for the index of an MP4.
	store.failLater("GET", 1, ({ response }) => {
		response.writeHead(200, { "content-length": bytes.length, etag: etagOf(bytes) });
		response.write(bytes.subarray(0, half));
		released.promise.then(() => response.end(bytes.subarray(half)));
	});
	return released.resolve;
}

/** All of the sound comes at once, but for one part that lies behind some others. */
async function holdBackPart(store: ObjectStore) {
	const held = Promise.withResolvers<Exchange>();
	// Up to three look for the index.
	store.failLater("GET", 3 + 9, held.resolve);
	return async (answer: (exchange: Exchange) => void = store.handle) => answer(await held.promise);
}

/** The same samples as the ordinary way makes of the video. */
async function expectAsUsual(stored: string, ...video: Parameters<typeof mp3Of>): Promise<void> {
	const usual = await mp3Of(...video);
	expect(await samplesOf(stored)).toBe(await samplesOf(usual.path));
}

describe("the sound alone of a large video", () => {
	test.for<[string, on: string, () => Promise<string>]>([
		["MP4 with its index at its start", "1 core", largeMp4],
		["MP4 with its index at its start", "2 cores", largeMp4],
		["MP4 with its index at its end", "2 cores", largeMp4MoovLast],
		["MP4 by the frame, its index at its start", "2 cores", largeMp4ByTheFrameMoovFirst],
		["MP4 by the frame, its index at its end", "2 cores", largeMp4ByTheFrame],
		["MP4 whose sound starts three seconds late", "1 core", () => largeMp4LateSound(3)],
		["MP4 that was cut", "1 core", largeMp4Cut],
	])(
		"is encoded while it still arrives, to the same samples: %s on %s",
		async ([_kind, on, make], { converting, peers, directory, toolbox }) => {
			const cores = Number.parseInt(on, 10);
			const video = await make();
			const release = await holdBackPart(peers.store);
			const { outcome, pids, stored, events } = await converting(video, { cores });
			await vi.waitFor(async () => expect(await pids()).toHaveLength(cores), { timeout: 30_000 });
			await release();
			expect(await outcome).toMatchObject({ type: "converted" });
			expect(events()).toContain("encoded_early");
			await expectAsUsual(await stored(), video, { directory, toolbox, cores });
			expect((await pids()).filter(isAlive)).toEqual([]);
		},
	);

	test.for<[string, () => Promise<string>, track?: number]>([
		["that lies backwards", largeMp4Backwards],
		["without a picture", largeMovOfSound],
		["beside another one", largeMp4TwoSounds, 1],
	])(
		"is encoded from its start on, however it comes: %s",
		async ([_kind, make, track = 0], { converting, directory, toolbox }) => {
			const video = await make();
			const { outcome, stored, events } = await converting(video, { options: { track } });
			expect(await outcome).toMatchObject({ type: "converted" });
			expect(events()).toContain("encoded_early");
			await expectAsUsual(await stored(), video, { directory, toolbox }, { track });
		},
	);

	test("that breaks off on its way and goes on is encoded early all the same", async ({
		converting,
		peers,
		directory,
		toolbox,
	}) => {
		const video = await largeMp4ByTheFrame();
		const bytes = await readFile(video);
		const release = await holdBackPart(peers.store);
		const { outcome, pids, stored, events } = await converting(video);
		await vi.waitFor(async () => expect(await pids()).toHaveLength(1), { timeout: 30_000 });
		await release(({ response, headers }) => {
			const [from = 0, to = 0] = headers.range?.match(/\d+/g)?.map(Number) ?? [];
			const contentRange = `bytes ${from}-${to}/${bytes.length}`;
			response.writeHead(206, { etag: etagOf(bytes), "content-range": contentRange });
			response.write(bytes.subarray(from, (from + to) / 2), () => response.destroy());
		});
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).toContain("encoded_early");
		await expectAsUsual(await stored(), video, { directory, toolbox });
	});

	test("is looked at once", async ({ converting }) => {
		const { outcome, looks } = await converting(await largeMp4());
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(await looks()).toHaveLength(1);
	});

	test("that cannot be had to its end is encoded when the whole file is there", async ({
		converting,
		peers,
		directory,
		toolbox,
	}) => {
		const video = await largeMp4ByTheFrame();
		const release = await holdBackPart(peers.store);
		const { outcome, pids, stored, events } = await converting(video);
		await vi.waitFor(async () => expect(await pids()).toHaveLength(1), { timeout: 30_000 });
		await release((exchange) => exchange.reply(416));
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).toContain("early_encode_discarded");
		await expectAsUsual(await stored(), video, { directory, toolbox });
		expect((await pids()).filter(isAlive)).toEqual([]);
	});

	test("that goes back to what has been played is encoded when it is there", async ({
		converting,
		directory,
		toolbox,
	}) => {
		const video = await largeMp4EditedBack();
		const { outcome, stored, events } = await converting(video);
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).toContain("early_encode_discarded");
		await expectAsUsual(await stored(), video, { directory, toolbox });
	});

	test("is not taken where the whole video begins an hour after zero", async ({
		converting,
		directory,
		toolbox,
	}) => {
		const video = await largeMp4FarFromZero();
		const { outcome, stored } = await converting(video);
		expect(await outcome).toMatchObject({
			type: "converted",
			output: { durationSeconds: expect.closeTo(LARGE_SECONDS, 0) },
		});
		await expectAsUsual(await stored(), video, { directory, toolbox });
	});
});

describe("a large video", () => {
	test.for<[string, on: string, () => Promise<string>]>([
		["Matroska", "1 core", largeMkv],
		["Matroska", "2 cores", largeMkv],
		["WebM", "2 cores", largeWebm],
		["MPEG-TS", "2 cores", largeTs],
		["FLV", "2 cores", largeFlv],
	])(
		"is encoded while it still arrives, to the same samples: %s on %s",
		async ([_kind, on, make], { converting, peers, directory, toolbox }) => {
			const cores = Number.parseInt(on, 10);
			const video = await make();
			const release = await holdBack(video, peers.store);
			const { outcome, pids, stored, events } = await converting(video, { cores });
			await vi.waitFor(async () => expect(await pids()).toHaveLength(cores), { timeout: 30_000 });
			release();
			expect(await outcome).toMatchObject({ type: "converted" });
			expect(events()).toContain("encoded_early");
			await expectAsUsual(await stored(), video, { directory, toolbox, cores });
			expect((await pids()).filter(isAlive)).toEqual([]);
		},
	);

	test("that breaks off on its way and goes on is encoded early all the same", async ({
		converting,
		peers,
		directory,
		toolbox,
	}) => {
		const video = await largeMkv();
		const bytes = await readFile(video);
		peers.store.failLater("GET", 1, breakAfter(bytes, 8_000_000));
		const { outcome, stored, events } = await converting(video);
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).toContain("encoded_early");
		await expectAsUsual(await stored(), video, { directory, toolbox });
	});

	test("that starts over on its way is encoded when it is there", async ({
		converting,
		peers,
		directory,
		toolbox,
	}) => {
		const video = await largeMkv();
		const bytes = await readFile(video);
		peers.store.failLater("GET", 1, breakAfter(bytes, 8_000_000));
		peers.store.failLater("GET", 0, (exchange) =>
			exchange.reply(200, bytes, { etag: etagOf(bytes) }),
		);
		const { outcome, stored, events } = await converting(video);
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).not.toContain("encoded_early");
		await expectAsUsual(await stored(), video, { directory, toolbox });
	});

	test("whose start does not tell what follows is encoded when it is there", async ({
		converting,
		peers,
	}) => {
		const video = await largeMkvSilentAtFirst();
		const release = await holdBack(video, peers.store);
		const { outcome, pids, stored, events } = await converting(video);
		await vi.waitFor(async () => expect(await pids()).toHaveLength(1), { timeout: 30_000 });
		release();
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).toContain("early_encode_discarded");
		const again = await converting(video);
		expect(await again.outcome).toEqual(await outcome);
		expect(await samplesOf(await stored())).toBe(await samplesOf(await again.stored()));
	});

	test("whose loudness has to be measured first is encoded when it is there", async ({
		converting,
	}) => {
		const { outcome, events } = await converting(await largeMkv(), {
			options: { loudnessLufs: -16 },
		});
		expect(await outcome).toMatchObject({ type: "converted" });
		expect(events()).not.toContain("encoded_early");
	});

	test("that was cut off is corrupt, early or not", async ({ converting }) => {
		const { outcome, events } = await converting(await largeMkvTruncated());
		expect(await outcome).toEqual({ type: "failed", error: jobErrorFor("corrupt_input") });
		expect(events()).toContain("early_encode_discarded");
	});

	test("that is not wanted any more leaves no encoder behind", async ({ converting, peers }) => {
		const video = await largeMkv();
		await holdBack(video, peers.store);
		const stop = new AbortController();
		const { outcome, pids } = await converting(video, { cores: 2, signal: stop.signal });
		await vi.waitFor(async () => expect(await pids()).toHaveLength(2), { timeout: 30_000 });
		stop.abort(new Error("enough"));
		await expect(outcome).rejects.toThrow("enough");
		expect((await pids()).filter(isAlive)).toEqual([]);
	});

	test("that never comes to its end leaves no encoder behind", async ({ converting, peers }) => {
		const video = await largeMkv();
		const bytes = await readFile(video);
		peers.store.failLater("GET", 1, breakAfter(bytes, 8_000_000));
		peers.store.failLater("GET", 0, (exchange) => exchange.reply(404));
		const { outcome, pids } = await converting(video, { cores: 2 });
		expect(await outcome).toEqual({ type: "failed", error: jobErrorFor("source_missing") });
		expect((await pids()).filter(isAlive)).toEqual([]);
	});
});
