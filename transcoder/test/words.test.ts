import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import * as z from "zod";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { OutputFacts } from "#contracts/conversion-outcome.ts";
import { untilAcknowledged } from "./acknowledged.ts";
import {
	largeMp4,
	MEDIA_SECONDS,
	mkvWithEndlessChapter,
	mkvWithEndlessWords,
	mkvWithMp3,
	mkvWithMp3AndTitle,
	mkvWithTexts,
	mp3,
	mp3WithWords,
	mp4,
	mp4WithLargeCover,
	mp4WithWords,
	oggWithTitle,
} from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test as base } from "./transcoder-test.ts";

/** What an MP3 says of itself, as an independent reader (ffmpeg) understands it. */

const report = z.object({
	streams: z.array(
		z.object({
			codec_name: z.string(),
			width: z.number().optional(),
			disposition: z.object({ attached_pic: z.number() }),
		}),
	),
	chapters: z.array(
		z.object({
			start_time: z.coerce.number(),
			end_time: z.coerce.number(),
			tags: z.object({ title: z.string() }),
		}),
	),
	format: z.object({ tags: z.record(z.string(), z.string()).default({}) }),
});

const test = base.extend("convert", async ({ peers, start }, { onCleanup }) => {
	const directory = await mkdtemp(join(tmpdir(), "earshot-words-"));
	onCleanup(() => rm(directory, { recursive: true }));
	return async (video: string, options: Partial<ConversionOptions> = {}) => {
		const conversion = await peers.enqueue(video, options);
		const transcoder = await start();
		await untilAcknowledged(peers, conversion);
		const [outcome] = conversion.outcomes;
		if (outcome?.type !== "converted") return expect.fail(JSON.stringify(outcome));
		const mp3 = peers.store.objects.get(conversion.targetKey) ?? expect.fail("nothing was stored");
		const path = join(directory, "stored.mp3");
		await writeFile(path, mp3);
		const args = ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"];
		const { stdout } = await promisify(execFile)("ffprobe", [...args, path]);
		const { streams, chapters, format } = report.parse(JSON.parse(stdout));
		const output: OutputFacts = outcome.output;
		const log = transcoder.output.text;
		return { mp3, path, output, streams, chapters, tags: format.tags, log };
	};
});

describe.concurrent("an MP3", () => {
	test("keeps its source's tags, chapters and cover, but not where it was made", async ({
		convert,
	}) => {
		const { mp3, tags, chapters, streams, log } = await convert(await mp4WithWords());
		expect(tags).toMatchObject({
			title: "Über den Wolken – 日本",
			artist: "The Artist",
			album: "Source Album",
			comment: "Source comment",
			date: "1999",
			genre: "Jazz",
		});
		expect(chapters).toMatchObject([
			{ start_time: 0, end_time: 1.2, tags: { title: "First" } },
			{ start_time: 1.2, end_time: MEDIA_SECONDS, tags: { title: "Second; DROP TABLE" } },
		]);
		const cover = streams.find(({ disposition }) => disposition.attached_pic === 1);
		expect(cover).toMatchObject({ codec_name: "mjpeg", width: 1400 });
		expect(mp3.toString("latin1")).not.toContain("48.1371");
		expect(log).not.toMatch(/Wolken|The Artist|DROP TABLE|48\.1371/);
	});

	test("takes its owner's words over the source's, and leaves out what they leave empty", async ({
		convert,
	}) => {
		const words = { title: "Mine & ours ☂", artist: "", comment: "x".repeat(500) };
		const { tags } = await convert(await mp4WithWords(), words);
		expect(tags).toMatchObject({
			title: words.title,
			album: "Source Album",
			comment: words.comment,
		});
		expect(tags).not.toHaveProperty("artist");
	});

	test("keeps the tags that are its stream's own", async ({ convert }) => {
		const { tags } = await convert(await oggWithTitle());
		expect(tags).toMatchObject({ title: "Ogg’s own" });
	});

	test("that is copied keeps its tags and cover, and its samples", async ({ convert }) => {
		const { output, tags, streams, path } = await convert(await mp3WithWords());
		expect(output.encoding).toBe("copy");
		expect(tags).toMatchObject({ title: "Song" });
		expect(streams.map(({ codec_name }) => codec_name)).toEqual(["mp3", "mjpeg"]);
		expect(await samplesOf(path)).toBe(await samplesOf(await mp3()));
	});

	test("that is copied out of a film keeps the film's words", async ({ convert }) => {
		const { output, tags, path } = await convert(await mkvWithMp3AndTitle());
		expect(output.encoding).toBe("copy");
		expect(tags).toMatchObject({ title: "Film" });
		expect(await samplesOf(path)).toBe(await samplesOf(await mkvWithMp3()));
	});

	test("says in one line what prints of whatever its source says", async ({ convert }) => {
		const hostile = "EVIL'\"; rm -rf / $(reboot)%s%n../../etc\n\u001b[2J\u009b31m\u2028end";
		const { tags } = await convert(await mkvWithTexts(hostile));
		expect(tags["title"]).toMatch(/^EVIL.*end$/);
		expect(tags["title"]).not.toMatch(/\p{Cc}|\p{Zl}/u);
	});

	test("has no words where the source has more than any real one", async ({ convert }) => {
		const { output, tags } = await convert(await mkvWithEndlessWords());
		expect(output.durationSeconds).toBeCloseTo(MEDIA_SECONDS, 0);
		expect(tags).not.toHaveProperty("title");
	});

	test("has those chapters that its cut leaves, where they then are", async ({ convert }) => {
		const { chapters } = await convert(await mp4WithWords(), { startSeconds: 1, endSeconds: 2 });
		expect(chapters).toMatchObject([
			{ start_time: 0, end_time: 0.2, tags: { title: "First" } },
			{ start_time: 0.2, end_time: 1, tags: { title: "Second; DROP TABLE" } },
		]);
	});

	test("has none of those that its cut leaves out", async ({ convert }) => {
		const { chapters } = await convert(await mp4WithWords(), { startSeconds: 1.5 });
		expect(chapters).toMatchObject([
			{ start_time: 0, end_time: 1.5, tags: { title: "Second; DROP TABLE" } },
		]);
	});

	test("has its chapters however far beyond its end the source's go on", async ({ convert }) => {
		const { chapters } = await convert(await mkvWithEndlessChapter());
		expect(chapters).toMatchObject([{ start_time: 1, tags: { title: "Endless" } }]);
		expect(chapters[0]?.end_time).toBeCloseTo(MEDIA_SECONDS, 1);
	});

	test("has a cover that is no larger than players take", async ({ convert }) => {
		const { mp3, streams } = await convert(await mp4WithLargeCover());
		expect(streams.map(({ codec_name }) => codec_name)).toContain("mjpeg");
		const frame = mp3.indexOf("APIC", 0, "latin1");
		expect(mp3.readUInt32BE(frame + 4)).toBeGreaterThan(100_000);
		expect(mp3.readUInt32BE(frame + 4)).toBeLessThan(500_100);
	});

	test("of a large MP4, too, has a picture of the film for a cover", async ({ convert }) => {
		const { streams, log } = await convert(await largeMp4(), { coverAtSeconds: 30 });
		const cover = streams.find(({ disposition }) => disposition.attached_pic === 1);
		expect(cover).toMatchObject({ codec_name: "mjpeg", width: 320 });
		expect(log).toContain("wanted");
	});

	test("has a picture of the film for a cover, if that is asked for", async ({ convert }) => {
		const { streams } = await convert(await mp4(), { coverAtSeconds: 1.5 });
		const cover = streams.find(({ disposition }) => disposition.attached_pic === 1);
		expect(cover).toMatchObject({ codec_name: "mjpeg", width: 160 });
	});

	test("has none if there is no picture at that time", async ({ convert }) => {
		const { streams } = await convert(await mp4(), { coverAtSeconds: 500 });
		expect(streams).toHaveLength(1);
	});

	test("is told about with its size and checksum, tag and all", async ({ convert }) => {
		const { mp3, output } = await convert(await mp4WithWords());
		expect(output).toMatchObject({ codec: "mp3", encoding: "vbr", sizeBytes: mp3.length });
		expect(output.sha256).toBe(createHash("sha256").update(mp3).digest("hex"));
		expect(output.peakDbfs).toBeLessThanOrEqual(0);
	});

	test("keeps to a size, tag and all, and without a cover that would take it up", async ({
		convert,
	}) => {
		const { mp3, streams, tags } = await convert(await mp4WithWords(), { fitBytes: 40_000 });
		expect(mp3.length).toBeLessThanOrEqual(40_000);
		expect(streams).toHaveLength(1);
		expect(tags).toMatchObject({ artist: "The Artist" });
	});

	test("makes room for its tag in a size that it would have filled without", async ({
		convert,
	}) => {
		const full = (await convert(await mp4(), { fitBytes: 40_000 })).mp3.length;
		const wish = { fitBytes: full + 100, comment: "x".repeat(500) };
		expect((await convert(await mp4(), wish)).mp3.length).toBeLessThanOrEqual(full + 100);
	});

	test("plays the same samples with its tag as without", async ({ convert }) => {
		const decode = (path: string) =>
			promisify(execFile)("ffmpeg", ["-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-"]);
		const plain = await decode((await convert(await mp4())).path);
		const tagged = await decode((await convert(await mp4WithWords())).path);
		expect(tagged.stdout).toBe(plain.stdout);
	});
});
