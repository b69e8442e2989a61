import { describe, expect } from "vitest";
import { readInfoHeader } from "../mp3/info-header.ts";
import { untilAcknowledged } from "./acknowledged.ts";
import {
	LARGE_SECONDS,
	LATE_BY_SECONDS,
	LATE_SOUND_SECONDS,
	largeMp4,
	largeMp4LateSound,
	MEDIA_SECONDS,
	mkv,
	mkvShortSound,
	mov,
	mp4,
	mp4MoovLast,
	mp4ShortSound,
	mp4WithGap,
	SHORT_SOUND_SECONDS,
	webmOpus,
	webmVorbis,
} from "./media.ts";
import type { Conversion, Peers } from "./peers/index.ts";
import { test } from "./transcoder-test.ts";

/** Videos that can be converted: what becomes of them. */

describe.concurrent("a conversion", () => {
	test.for<[string, () => Promise<string>, number]>([
		["MP4 for streaming", mp4, MEDIA_SECONDS],
		["MP4 with its index at the end", mp4MoovLast, MEDIA_SECONDS],
		["QuickTime with PCM", mov, MEDIA_SECONDS],
		["Matroska with AC-3", mkv, MEDIA_SECONDS],
		["WebM with Opus", webmOpus, MEDIA_SECONDS],
		["WebM with Vorbis", webmVorbis, MEDIA_SECONDS],
		["MP4 whose sound ends first", mp4ShortSound, SHORT_SOUND_SECONDS],
		["Matroska whose sound ends first", mkvShortSound, SHORT_SOUND_SECONDS],
		["MP4 whose sound has a gap of two seconds", mp4WithGap, MEDIA_SECONDS + 2],
	])(
		"turns %s into a whole MP3 as long as its sound",
		async ([_kind, video, seconds], { peers, start }) => {
			const conversion = await peers.enqueue(await video());
			await start();
			await untilAcknowledged(peers, conversion);

			const [outcome] = conversion.outcomes;
			if (outcome?.type !== "converted") return expect.fail(JSON.stringify(outcome));
			const mp3 = storedMp3(peers, conversion);
			const header = readInfoHeader(mp3);
			expect(Math.abs((header?.durationSeconds ?? 0) - seconds)).toBeLessThan(0.05);
			expect(header?.sizeBytes).toBe(mp3.length - (header?.offset ?? 0));
			expect(outcome.output).toMatchObject({
				sizeBytes: mp3.length,
				durationSeconds: header?.durationSeconds,
				sampleRateHz: header?.sampleRateHz,
				channels: 2,
			});
		},
	);

	test("is claimed, settled, published to mp3 and acknowledged, in this order", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4());
		await start();
		await untilAcknowledged(peers, conversion);

		expect(conversion.calls.filter((call) => call !== "progress")).toEqual(["claim", "settle"]);
		expect(conversion.outcomes[0]).toMatchObject({
			type: "converted",
			source: { container: "mov,mp4,m4a,3gp,3g2,mj2", audioCodec: "aac", durationSeconds: 3 },
		});
		const { conversionId } = conversion.message;
		expect(peers.queues.bodies("mp3")).toEqual([{ v: 1, conversionId, attempt: 1 }]);
		expect(peers.queues.seen.requests.filter((request) => request !== "pull")).toEqual([
			"publish",
			"ack",
		]);
	});

	test("of a video without tags begins with LAME's header", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		await start();
		await untilAcknowledged(peers, conversion);

		const text = storedMp3(peers, conversion).toString("latin1");
		expect(text).toMatch(/^\xff\xfb.{1,60}Xing/s);
		expect(text).not.toMatch(/major_brand|isom/);
	});

	test("of better quality makes a larger file", async ({ peers, start }) => {
		const video = await mp4();
		const sizes: number[] = [];
		await start({ CONCURRENCY: "1" });
		for (const quality of ["standard", "high", "best"] as const) {
			const conversion = await peers.enqueue(video, { quality });
			await untilAcknowledged(peers, conversion);
			sizes.push(storedMp3(peers, conversion).length);
		}
		expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
		expect(new Set(sizes).size).toBe(3);
	});

	test("of a large MP4 reads its sound alone, and tells how long the picture goes on", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await largeMp4LateSound());
		await start();
		await untilAcknowledged(peers, conversion);

		const { sizeBytes } = conversion.message.source;
		expect(peers.store.seen.bytesServed).toBeLessThan(sizeBytes / 5);
		const [outcome] = conversion.outcomes;
		if (outcome?.type !== "converted") return expect.fail(JSON.stringify(outcome));
		expect(outcome.source.durationSeconds).toBe(LARGE_SECONDS);
		expect(outcome.output.durationSeconds).toBeCloseTo(LATE_BY_SECONDS + LATE_SOUND_SECONDS, 1);
	});

	test("logs neither URLs nor tokens", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await largeMp4());
		const transcoder = await start();
		await untilAcknowledged(peers, conversion);
		expect(transcoder.output.text).toContain(conversion.message.conversionId);
		expect(transcoder.output.text).toContain("sound_only");
		expect(transcoder.output.text).not.toMatch(/https?:|Signature|token-of|queues-api-token/);
	});
});

function storedMp3(peers: Peers, { targetKey }: Conversion): Buffer {
	return peers.store.objects.get(targetKey) ?? expect.fail("no MP3 was stored");
}
