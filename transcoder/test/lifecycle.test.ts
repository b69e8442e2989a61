import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPT_SECONDS } from "#contracts/limits.ts";
import { untilAcknowledged } from "./acknowledged.ts";
import { mp4, mp4Long, textFile } from "./media.ts";
import { testedToolbox } from "./media-programs.ts";
import { answer, type Fault, hangUp } from "./peers/exchange.ts";
import type { Conversion } from "./peers/index.ts";
import { breakAfter, signedIn } from "./peers/object-store.ts";
import { isAlive, type TranscoderProcess } from "./transcoder-process.ts";
import { test } from "./transcoder-test.ts";

/** The whole process among its peers, when all does not go straight ahead. */

const LONG = { timeout: 30_000 };

describe.concurrent("the gateway's verdicts", () => {
	test("drop at the claim: the message is acknowledged and no work is done", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4());
		conversion.verdicts.claim = "drop";
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.calls).toEqual(["claim"]);
		expect(peers.queues.bodies("mp3")).toEqual([]);
	});

	test("drop at the settlement: the message is acknowledged and nothing is published", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4());
		conversion.verdicts.settle = "drop";
		await start();
		await untilAcknowledged(peers, conversion);
		expect(peers.queues.bodies("mp3")).toEqual([]);
	});

	test("stop: ffmpeg is killed, the message acknowledged, nothing settled or stored", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4Long());
		const transcoder = await start();
		const ffmpeg = await untilEncoding(transcoder, conversion);
		conversion.verdicts.progress = "stop";
		await untilAcknowledged(peers, conversion);
		expect(isAlive(ffmpeg)).toBe(false);
		expect(conversion.outcomes).toEqual([]);
		expect(peers.queues.bodies("mp3")).toEqual([]);
		expect(peers.store.objects.has(conversion.targetKey)).toBe(false);
	});

	test.for([401, 403, 404])(
		"a claim refused with %i: the message is acknowledged and no work is done",
		async (status, { peers, start }) => {
			const conversion = await peers.enqueue(await mp4());
			peers.control.failNext("claim", answer(status));
			await start();
			await untilAcknowledged(peers, conversion);
			expect(conversion.calls).toEqual([]);
		},
	);

	test("an unknown attempt at the settlement: the message is acknowledged", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4());
		peers.control.failNext("settle", answer(404));
		await start();
		await untilAcknowledged(peers, conversion);
		expect(peers.queues.bodies("mp3")).toEqual([]);
	});
});

describe.concurrent("progress", () => {
	test("is reported while converting, never goes back, and tells the phase", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4Long());
		await start();
		await vi.waitFor(() => {
			expect(conversion.progress.length).toBeGreaterThan(2);
			expect(conversion.progress.at(-1)).toMatchObject({ phase: "encoding" });
			expect(conversion.progress.at(-1)?.speed).toBeGreaterThan(1);
		}, LONG);
		const fractions = conversion.progress.map(({ fraction }) => fraction);
		expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
		expect(fractions.at(-1)).toBeGreaterThan(fractions[0] ?? 1);
	});

	test("may fail to arrive: the conversion goes on", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4Long());
		peers.control.failNext("progress", answer(503), hangUp);
		const transcoder = await start();
		await vi.waitFor(() => expect(conversion.progress.length).toBeGreaterThan(0), LONG);
		expect(eventsOf(transcoder).filter((event) => event === "heartbeat_failed")).toHaveLength(2);
		expect(conversion.claimId).toBeDefined();
	});
});

describe.concurrent("a message that cannot be understood", () => {
	test.for<[string, (valid: object) => unknown]>([
		["of an unknown version", (valid) => ({ ...valid, v: 2 })],
		["with a field missing", (valid) => ({ ...valid, source: undefined })],
		["with a field too many", (valid) => ({ ...valid, codec: "opus" })],
		["that is no object", () => "convert, please"],
	])(
		"goes to the dead letters and is acknowledged: one %s",
		async ([_kind, spoil], { peers, start }) => {
			const { message } = await peers.prepare(await mp4());
			const body = spoil(message);
			peers.queues.send("video", body);
			await start();
			await vi.waitFor(() => expect(peers.queues.seen.acknowledged).toHaveLength(1), LONG);
			expect(peers.queues.bodies("video-dlq")).toEqual([JSON.stringify(body)]);
		},
	);

	test("keeps its very text when it is not even JSON", async ({ peers, start }) => {
		peers.queues.sendText("video", "{ “not” JSON");
		await start();
		await vi.waitFor(() => expect(peers.queues.seen.acknowledged).toHaveLength(1), LONG);
		expect(peers.queues.bodies("video-dlq")).toEqual(["{ “not” JSON"]);
	});

	test("stays leased to nobody, for later, while the dead letters do not take it", async ({
		peers,
		start,
	}) => {
		const id = peers.queues.send("video", { v: 99 });
		peers.queues.failNext("publish", answer(413));
		await start();
		await vi.waitFor(() => expect(peers.queues.seen.givenBack).toHaveLength(1), LONG);
		expect(peers.queues.seen.givenBack).toEqual([{ id, delaySeconds: 60 }]);
		expect(peers.queues.seen.acknowledged).toEqual([]);
	});
});

describe.concurrent("SIGTERM", () => {
	test("kills ffmpeg, releases the claim, gives the lease back at once and leaves nothing", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await mp4Long());
		const transcoder = await start();
		const ffmpeg = await untilEncoding(transcoder, conversion);
		transcoder.signal("SIGTERM");

		expect(await transcoder.exited).toEqual({ code: 0, signal: null });
		expect(isAlive(ffmpeg)).toBe(false);
		expect(conversion.calls.at(-1)).toBe("release");
		expect(conversion.claimId).toBeUndefined();
		const { messageId: id } = conversion;
		expect(peers.queues.seen.givenBack).toEqual([{ id, delaySeconds: 0 }]);
		expect(await transcoder.leftovers()).toEqual([]);
	});

	test("lets the next transcoder finish the conversion", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		let asked = () => {};
		const asking = new Promise<void>((resolve) => {
			asked = resolve;
		});
		// The download is never answered: the first transcoder is caught in the middle of it.
		peers.store.failNext("GET", asked);
		const first = await start();
		await asking;
		first.signal("SIGTERM");
		expect(await first.exited).toEqual({ code: 0, signal: null });

		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toMatchObject([{ type: "converted" }]);
	});

	test("ends an idle transcoder", async ({ peers, start }) => {
		const transcoder = await start();
		await vi.waitFor(() => expect(peers.queues.seen.pulls.length).toBeGreaterThan(0), LONG);
		transcoder.signal("SIGTERM");
		expect(await transcoder.exited).toEqual({ code: 0, signal: null });
		expect(await transcoder.leftovers()).toEqual([]);
	});

	test("gives back what a pull under way still brings", async ({ peers, start }) => {
		const transcoder = await start();
		let release: (() => void) | undefined;
		const pullUnderWay = new Promise<void>((resolve) => {
			peers.queues.failNext("pull", (exchange) => {
				release = () => peers.queues.handle(exchange);
				resolve();
			});
		});
		await pullUnderWay;
		const { messageId: id } = await peers.enqueue(await mp4());
		transcoder.signal("SIGTERM");
		await vi.waitFor(() => expect(eventsOf(transcoder)).toContain("transcoder_stopping"), LONG);
		release?.();
		expect(await transcoder.exited).toEqual({ code: 0, signal: null });
		expect(peers.queues.seen.givenBack).toEqual([{ id, delaySeconds: 0 }]);
	});

	test("ends the process in time even when no peer answers any more", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4Long());
		const transcoder = await start();
		const ffmpeg = await untilEncoding(transcoder, conversion);
		const ignore: Fault = () => {};
		peers.control.failNext("release", ignore);
		peers.queues.failNext("ack", ignore);
		transcoder.signal("SIGTERM");
		expect((await transcoder.exited).code).toBe(1);
		expect(isAlive(ffmpeg)).toBe(false);
		expect(eventsOf(transcoder)).toContain("shutdown_forced");
	});

	test("sent twice ends the process at once, and ffmpeg with it", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4Long());
		const transcoder = await start();
		const ffmpeg = await untilEncoding(transcoder, conversion);
		const twice = new Promise<void>((resolve) => {
			peers.control.failNext("release", () => resolve());
		});
		transcoder.signal("SIGTERM");
		await twice;
		transcoder.signal("SIGTERM");
		expect((await transcoder.exited).code).toBe(1);
		expect(eventsOf(transcoder)).not.toContain("shutdown_forced");
		expect(isAlive(ffmpeg)).toBe(false);
	});
});

describe.concurrent("SIGKILL", () => {
	test.runIf(process.platform === "linux")(
		"takes ffmpeg with it, though nobody is left to kill it",
		async ({ peers, start, onTestFinished }) => {
			const directory = await mkdtemp(join(tmpdir(), "earshot-endless-"));
			onTestFinished(() => rm(directory, { recursive: true }));
			const { path, pid } = await endlessFfmpeg(directory);
			await peers.enqueue(await mp4());
			const transcoder = await start({ FFMPEG_PATH: path });
			const running = await vi.waitFor(pid, LONG);
			expect(isAlive(running)).toBe(true);
			transcoder.signal("SIGKILL");
			await transcoder.exited;
			await vi.waitFor(() => expect(isAlive(running)).toBe(false), LONG);
		},
	);
});

/** An ffmpeg that never finishes an encode; `pid` throws until it has begun one. */
async function endlessFfmpeg(directory: string) {
	const { ffmpeg } = await testedToolbox();
	const [path, list] = [join(directory, "ffmpeg"), join(directory, "pid")];
	const encode = `echo $$ > '${list}'; exec /bin/sleep 1000`;
	const script = `#!/bin/sh\ncase "$*" in *-progress*) ${encode} ;; esac\nexec '${ffmpeg}' "$@"\n`;
	await writeFile(path, script, { mode: 0o755 });
	return { path, pid: async () => Number(await readFile(list, "utf8")) };
}

describe.concurrent("peers that fail", () => {
	test("storage that is unavailable for a moment is asked again", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		peers.store.failNext("GET", answer(503), hangUp);
		peers.store.failNext("PUT", answer(503, { "retry-after": "0" }), hangUp);
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toMatchObject([{ type: "converted" }]);
	});

	test("storage that refuses the MP3 fails the conversion at once", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		peers.store.failNext("PUT", answer(403));
		await start();
		await untilAcknowledged(peers, conversion);
		const error = jobErrorFor("storage_unavailable");
		expect(conversion.outcomes).toEqual([{ type: "failed", error }]);
	});

	test.for(["source", "target"] as const)(
		"an expired URL is told to the gateway as what it is: the %s's",
		async (end, { peers, start }) => {
			const { attempt, message } = await peers.prepare(await mp4());
			message[end].url = signedIn(2020, message[end].url);
			attempt.verdicts.settle = "drop";
			peers.queues.send("video", message);
			await start();
			await vi.waitFor(() => expect(peers.queues.seen.acknowledged).toHaveLength(1), LONG);
			expect(attempt.outcomes).toEqual([{ type: "failed", error: jobErrorFor("urls_expired") }]);
			expect(peers.queues.bodies("mp3")).toEqual([]);
		},
	);

	test("a download that breaks goes on where it broke", async ({ peers, start }) => {
		const video = await mp4();
		const conversion = await peers.enqueue(video);
		const bytes = peers.store.objects.get(`videos/${conversion.message.conversionId}`);
		peers.store.failNext("GET", breakAfter(bytes ?? Buffer.alloc(0), 30_000));
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.outcomes).toMatchObject([{ type: "converted" }]);
		expect(peers.store.seen.ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
	});

	test("a claim that nobody answers gives the lease back for a while", async ({ peers, start }) => {
		const { messageId: id } = await peers.enqueue(await mp4());
		peers.control.failNext("claim", ...Array<Fault>(5).fill(answer(503)));
		await start();
		await vi.waitFor(() => expect(peers.queues.seen.givenBack).toHaveLength(1), LONG);
		expect(peers.queues.seen.givenBack).toEqual([{ id, delaySeconds: 10 }]);
	});

	test("a settlement that fails at first is repeated with the same claim", async ({
		peers,
		start,
	}) => {
		const conversion = await peers.enqueue(await textFile());
		peers.control.failNext("settle", answer(502), hangUp);
		await start();
		await untilAcknowledged(peers, conversion);
		expect(conversion.calls).toEqual(["claim", "settle"]);
		expect(conversion.outcomes).toHaveLength(1);
		expect(peers.queues.bodies("mp3")).toHaveLength(1);
	});

	test("a pull that fails is not the end of pulling", async ({ peers, start }) => {
		peers.queues.failNext("pull", answer(500), hangUp);
		const conversion = await peers.enqueue(await textFile());
		await start();
		await untilAcknowledged(peers, conversion);
	});
});

describe.concurrent("the loop", () => {
	test("never leases more messages than it has free slots", async ({ peers, start }) => {
		const video = await mp4();
		const conversions: Conversion[] = [];
		for (let count = 0; count < 5; count++) conversions.push(await peers.enqueue(video));
		// The first download is answered when two conversions are under way: the limit is reached.
		peers.store.failNext("GET", async (exchange) => {
			await vi.waitFor(() => expect(peers.control.claims.now).toBe(2), LONG);
			peers.store.handle(exchange);
		});
		await start({ CONCURRENCY: "2" });
		await untilAcknowledged(peers, ...conversions);
		expect(peers.control.claims.most).toBe(2);
		expect(Math.max(...peers.queues.seen.pulls.map((pull) => pull.batchSize))).toBe(2);
		for (const { visibilityTimeoutMs } of peers.queues.seen.pulls) {
			expect(visibilityTimeoutMs).toBe(MAX_ATTEMPT_SECONDS * 1000);
		}
	});

	test("deletes each job's files when the job ends", async ({ peers, start }) => {
		const conversion = await peers.enqueue(await mp4());
		const transcoder = await start();
		await untilAcknowledged(peers, conversion);
		const [run = ""] = await transcoder.leftovers();
		expect(await readdir(join(transcoder.workDirectory, run))).toEqual(["alive"]);
	});

	test("sweeps at start what dead transcoders left, and nothing of a living one", async ({
		peers,
		start,
	}) => {
		const living = await start();
		await vi.waitFor(() => expect(peers.queues.seen.pulls.length).toBeGreaterThan(0), LONG);
		const [livingRun] = await living.leftovers();
		const dead = join(living.workDirectory, "run-dead");
		await mkdir(join(dead, "job-1"), { recursive: true });
		await writeFile(join(dead, "job-1/source"), "half a video");
		await writeFile(join(dead, "alive"), "");
		await utimes(join(dead, "alive"), 0, 0);

		const next = await start({ WORK_DIR: living.workDirectory });
		await vi.waitFor(() => expect(eventsOf(next)).toContain("transcoder_started"), LONG);
		const left = await next.leftovers();
		expect(left).toContain(livingRun);
		expect(left).not.toContain("run-dead");
	});
});

/** The process id of the ffmpeg that has begun to write this conversion's MP3. */
async function untilEncoding(
	transcoder: TranscoderProcess,
	conversion: Conversion,
): Promise<number> {
	await vi.waitFor(() => expect(conversion.progress.at(-1)?.phase).toBe("encoding"), LONG);
	const pid = (await transcoder.ffmpegPids()).at(-1) ?? 0;
	expect(isAlive(pid)).toBe(true);
	return pid;
}

function eventsOf(transcoder: TranscoderProcess): string[] {
	return transcoder.log().map(({ event }) => event);
}
