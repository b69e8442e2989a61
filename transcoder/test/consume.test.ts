import { describe, expect, test } from "vitest";
import type { LogFields } from "#contracts/log-line.ts";
import { createLog } from "../log.ts";
import type { PullResult } from "../queues/client.ts";
import { type ConsumeOptions, consume } from "../queues/consume.ts";
import { acknowledge, giveBack } from "../queues/disposition.ts";
import { instantPacing } from "./instant-pacing.ts";

/** The loop alone, on a queue that is a list of answers; it ends with the last of them. */
async function consumeAll(pulls: PullResult[], options: Partial<ConsumeOptions> = {}) {
	const shutdown = new AbortController();
	const pacing = instantPacing();
	const lines: LogFields[] = [];
	const ended: unknown[] = [];
	await consume(
		{
			queues: {
				pull: async () => {
					const next = pulls.shift();
					if (pulls.length === 0) shutdown.abort();
					return next ?? { type: "pulled", messages: [] };
				},
				acknowledge: async (_queue, lease) => {
					ended.push({ acknowledged: lease });
					return { ok: true };
				},
				giveBack: async (_queue, lease, delaySeconds) => {
					ended.push({ givenBack: lease, delaySeconds });
					return { ok: true };
				},
			},
			queueId: "video",
			concurrency: 2,
			handle: async () => acknowledge,
			onTurn: async () => {},
			pacing,
			log: createLog("debug", (line) => lines.push(JSON.parse(line))),
			...options,
		},
		shutdown.signal,
	);
	return { ended, lines, sleptMs: pacing.sleptMs };
}

const message = { id: "message-1", leaseId: "lease-1", deliveries: 1, text: "{}" };

describe("the loop", () => {
	test("outlives failed pulls and says so", async () => {
		const { ended, lines } = await consumeAll([
			{ type: "failed", reason: "answered 500" },
			{ type: "pulled", messages: [message] },
		]);
		expect(ended).toEqual([{ acknowledged: "lease-1" }]);
		expect(lines).toMatchObject([{ level: "warn", event: "pull_failed", error: "answered 500" }]);
	});

	test("reports a refused token as an error, and keeps asking, slowly", async () => {
		const refused: PullResult = { type: "refused", status: 403 };
		const { lines, sleptMs } = await consumeAll([refused, refused, refused]);
		expect(lines).toHaveLength(3);
		expect(lines[0]).toMatchObject({ level: "error", event: "pull_refused", status: 403 });
		expect(sleptMs).toEqual([30_000, 30_000]);
	});

	test("gives the lease back when a message crashes its handler", async () => {
		const { ended, lines } = await consumeAll([{ type: "pulled", messages: [message] }], {
			handle: () => Promise.reject(new Error("bug")),
		});
		expect(ended).toEqual([{ givenBack: "lease-1", delaySeconds: 10 }]);
		expect(lines).toMatchObject([{ level: "error", event: "message_crashed", error: "bug" }]);
	});

	test("gives a lease back for ever longer, so that an outage makes no dead letter", async () => {
		const messages = [1, 2, 3, 4, 5, 50].map((deliveries) => ({ ...message, deliveries }));
		const { ended } = await consumeAll([{ type: "pulled", messages }], {
			concurrency: 6,
			handle: async () => giveBack(10),
		});
		const delays = [10, 30, 90, 270, 810, 3600];
		expect(ended).toEqual(delays.map((delaySeconds) => ({ givenBack: "lease-1", delaySeconds })));
	});

	test("gives back at once what a shutdown interrupts, however often", async () => {
		const { ended } = await consumeAll(
			[{ type: "pulled", messages: [{ ...message, deliveries: 5 }] }],
			{
				handle: async () => giveBack(0),
			},
		);
		expect(ended).toEqual([{ givenBack: "lease-1", delaySeconds: 0 }]);
	});

	test("shows that it is alive while every slot is busy", async () => {
		let turns = 0;
		let finish = () => {};
		const work = new Promise<void>((resolve) => {
			finish = resolve;
		});
		await consumeAll(
			[
				{ type: "pulled", messages: [message] },
				{ type: "pulled", messages: [] },
			],
			{
				concurrency: 1,
				handle: async () => {
					await work;
					return acknowledge;
				},
				onTurn: async () => {
					turns++;
					if (turns === 10) finish();
				},
			},
		);
		expect(turns).toBeGreaterThanOrEqual(10);
	});
});
