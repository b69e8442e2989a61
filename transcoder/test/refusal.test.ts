import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { type JobErrorCode, jobErrorFor } from "#contracts/job-error.ts";
import { untilAcknowledged } from "./acknowledged.ts";
import {
	concatScript,
	dashManifest,
	emptyFile,
	hlsPlaylist,
	largeMp4Truncated,
	largeMp4WithoutSound,
	mkvTooLong,
	mkvTruncated,
	mkvUnsupportedSound,
	mkvWithoutLength,
	mp4,
	mp4HeadOnly,
	mp4MoovLastTruncated,
	mp4Truncated,
	mp4WithHole,
	mp4WithoutSound,
	randomBytes,
	textFile,
	webmTruncated,
	zeros,
} from "./media.ts";
import { test } from "./transcoder-test.ts";

/** Uploads that cannot be converted: each ends as one settled failure, in the owner's words. */

type BadInput = [kind: string, video: () => Promise<string>, code: JobErrorCode];

describe.concurrent("a conversion fails", () => {
	test.for<BadInput>([
		["a video without sound", mp4WithoutSound, "no_audio_track"],
		["sound in a codec that is not converted", mkvUnsupportedSound, "unsupported_codec"],
		["a recording of more than twelve hours", mkvTooLong, "too_long"],
		["an MP4 cut in half", mp4Truncated, "corrupt_input"],
		["a large MP4 cut off after two thirds", largeMp4Truncated, "corrupt_input"],
		["a large MP4 without sound", largeMp4WithoutSound, "no_audio_track"],
		["an MP4 whose index was cut off", mp4MoovLastTruncated, "corrupt_input"],
		["a Matroska file cut in half", mkvTruncated, "corrupt_input"],
		["a WebM file cut in half", webmTruncated, "corrupt_input"],
		["an MP4 with a hole", mp4WithHole, "corrupt_input"],
		["the mere head of an MP4", mp4HeadOnly, "corrupt_input"],
		["text", textFile, "corrupt_input"],
		["random bytes", randomBytes, "corrupt_input"],
		["zeros", zeros, "corrupt_input"],
	])("for %s", async ([_kind, video, code], { peers, start }) => {
		const conversion = await peers.enqueue(await video());
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toEqual([{ type: "failed", error: jobErrorFor(code) }]);
		expect(peers.store.objects.has(conversion.targetKey)).toBe(false);
		expect(peers.queues.bodies("mp3")).toHaveLength(1);
	});

	test.for([
		["that it tells", mp4],
		["that shows in the end", mkvWithoutLength],
	] as const)("for a length %s and its user may not have", async ([, video], { peers, start }) => {
		const limits = { maxDurationSeconds: 2 };
		const conversion = await peers.enqueue(await video(), {}, undefined, limits);
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toEqual([{ type: "failed", error: jobErrorFor("too_long") }]);
		expect(peers.store.objects.has(conversion.targetKey)).toBe(false);
	});

	test("when its source is gone", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		peers.store.objects.delete(`videos/${conversion.message.conversionId}`);
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toEqual([{ type: "failed", error: jobErrorFor("source_missing") }]);
	});

	test("when its source has another size than the message says", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		const empty = await readFile(await emptyFile());
		peers.store.objects.set(`videos/${conversion.message.conversionId}`, empty);
		await start();
		await untilAcknowledged(peers, conversion);
		const error = jobErrorFor("storage_unavailable");
		expect(conversion.outcomes).toEqual([{ type: "failed", error }]);
	});
});

type Script = (target: string, name: string) => Promise<string>;

describe.concurrent("a file that names other files", () => {
	test.for<[string, Script]>([
		["an HLS playlist", hlsPlaylist],
		["a concat script", concatScript],
		["a DASH manifest", dashManifest],
	])("is refused and not followed: %s", async ([_kind, script], { peers, start }) => {
		// Followed, each would lead to a fine video, and the conversion would succeed.
		const inside = await mp4();
		const targets = [inside, pathToFileURL(inside).href, `${peers.url}/elsewhere/video.mp4`];
		await start();
		for (const [index, target] of targets.entries()) {
			const video = await script(target, `target-${index}-of-${peers.url.split(":")[2]}`);
			const conversion = await peers.enqueue(video);
			await untilAcknowledged(peers, conversion);
			expect(conversion.outcomes).toEqual([
				{ type: "failed", error: jobErrorFor("corrupt_input") },
			]);
		}
		expect(peers.strangers).toEqual([]);
	});
});
