import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encodeJson } from "../message-body.ts";
import { MessageStore, type NewMessage } from "../message-store.ts";
import { PullQueue } from "../pull-queue.ts";

// wrangler.toml: `video` delivers a message six times, then it goes to `video-dlq`.
const video = () => env.PULL_QUEUE.getByName("video");
const videoDlq = () => env.PULL_QUEUE.getByName("video-dlq");
const VIDEO_DELIVERIES = 6;
const DLQ_DELIVERIES = 4;

const message: NewMessage = { id: "a", timestampMs: 7, ...encodeJson({ conversion: "cnv_1" }) };

beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"], now: 0 });
});
afterEach(async () => {
	vi.restoreAllMocks();
	vi.useRealTimers();
	await reset();
});

/** Pulls one message and lets its lease run out. */
async function pullAndForget(queue: DurableObjectStub<PullQueue>): Promise<void> {
	const { messages } = await queue.pull(1, 1000);
	expect(messages).toHaveLength(1);
	vi.setSystemTime(Date.now() + 1000);
}

async function exhaust(queue: DurableObjectStub<PullQueue>, deliveries: number): Promise<void> {
	await queue.send([message]);
	for (let delivery = 1; delivery <= deliveries; delivery++) await pullAndForget(queue);
}

async function leaseOne(queue: DurableObjectStub<PullQueue>): Promise<string> {
	const { messages } = await queue.pull(1, 1000);
	return messages[0]?.leaseId ?? expect.fail("there is nothing to pull");
}

test("messages and leases survive the end of the Durable Object", async () => {
	await video().send([message, { ...message, id: "b" }]);
	const leaseId = await leaseOne(video());
	await evictDurableObject(video());

	expect((await video().pull(10, 1000)).messages).toMatchObject([{ id: "b", attempts: 1 }]);
	await evictDurableObject(video());

	expect(await video().settle({ acks: [{ leaseId }], retries: [] })).toMatchObject({ ackCount: 1 });
	vi.setSystemTime(1000);
	expect((await video().pull(10, 1000)).messages).toMatchObject([{ id: "b", attempts: 2 }]);
});

test("a message out of retries moves to the dead letter queue as it was, and starts anew there", async () => {
	await exhaust(video(), VIDEO_DELIVERIES);

	expect((await video().pull(10, 1000)).backlog.count).toBe(0);
	expect((await videoDlq().pull(10, 1000)).messages).toMatchObject([{ ...message, attempts: 1 }]);
});

test("the retry of a last delivery moves the message to the dead letter queue at once", async () => {
	await video().send([message]);
	for (let delivery = 1; delivery <= VIDEO_DELIVERIES; delivery++) {
		const leaseId = await leaseOne(video());
		await video().settle({ acks: [], retries: [{ leaseId, delaySeconds: 0 }] });
	}
	expect((await videoDlq().pull(10, 1000)).messages).toMatchObject([{ id: "a" }]);
});

test("a message out of retries is deleted where there is no dead letter queue", async () => {
	await exhaust(videoDlq(), DLQ_DELIVERIES);
	expect((await videoDlq().pull(10, 1000)).backlog.count).toBe(0);
});

test("a message stays in its queue when the dead letter queue cannot take it", async () => {
	await exhaust(video(), VIDEO_DELIVERIES);
	vi.spyOn(PullQueue.prototype, "send").mockImplementationOnce(() => {
		throw new Error("out of order");
	});
	// Awaited in a function: Vitest would report the rejection of a bare RPC promise as unhandled.
	await expect(async () => await video().pull(10, 1000)).rejects.toThrow("out of order");

	await video().pull(10, 1000);
	expect((await videoDlq().pull(10, 1000)).messages).toMatchObject([{ id: "a" }]);
});

test("a crash after the dead letter queue took a message makes no second one", async () => {
	await exhaust(video(), VIDEO_DELIVERIES);
	const sentBeforeTheCrash = await runInDurableObject(video(), (_queue, { storage }) =>
		new MessageStore(storage.sql, VIDEO_DELIVERIES - 1).exhausted(10, Date.now()),
	);
	await videoDlq().send(sentBeforeTheCrash);
	await evictDurableObject(video());

	await video().pull(10, 1000);
	expect((await videoDlq().pull(10, 1000)).messages).toHaveLength(1);
});

test("a late acknowledgement is accepted, and so is that of whoever got the message since", async () => {
	await video().send([message]);
	const late = await leaseOne(video());
	vi.setSystemTime(1000);
	const current = await leaseOne(video());

	const accepted = { ackCount: 1, retryCount: 0, warnings: {} };
	expect(await video().settle({ acks: [{ leaseId: late }], retries: [] })).toEqual(accepted);
	expect(await video().settle({ acks: [{ leaseId: current }], retries: [] })).toEqual(accepted);
	vi.setSystemTime(2000);
	expect((await video().pull(10, 1000)).messages).toEqual([]);
});

test("a late acknowledgement of the last delivery keeps the message from the dead letter queue", async () => {
	await video().send([message]);
	for (let delivery = 1; delivery < VIDEO_DELIVERIES; delivery++) await pullAndForget(video());
	const leaseId = await leaseOne(video());
	vi.setSystemTime(Date.now() + 1000);

	await video().settle({ acks: [{ leaseId }], retries: [] });
	expect((await videoDlq().pull(10, 1000)).messages).toEqual([]);
});

test("a retry that has no effect is not counted, and its lease is warned about", async () => {
	await video().send([message]);
	const leaseId = await leaseOne(video());
	await video().settle({ acks: [{ leaseId }], retries: [] });

	const retries = [{ leaseId, delaySeconds: 0 }];
	expect(await video().settle({ acks: [], retries })).toEqual({
		ackCount: 0,
		retryCount: 0,
		warnings: { [leaseId]: "the message is gone or was delivered again" },
	});
});

test.each(["", "nonsense", "video.a", "video.a.one"])(
	"the lease id %j is warned about and acknowledges nothing",
	async (leaseId) => {
		await video().send([message]);
		await leaseOne(video());
		expect(await video().settle({ acks: [{ leaseId }], retries: [] })).toEqual({
			ackCount: 0,
			retryCount: 0,
			warnings: { [leaseId]: "not a lease of this queue" },
		});
		expect((await video().pull(1, 1000)).backlog.count).toBe(1);
	},
);

test("a lease of one queue acknowledges nothing in another", async () => {
	await video().send([message]);
	await videoDlq().send([message]);
	const leaseId = await leaseOne(video());

	expect(await videoDlq().settle({ acks: [{ leaseId }], retries: [] })).toMatchObject({
		ackCount: 0,
	});
	expect((await videoDlq().pull(10, 1000)).messages).toHaveLength(1);
});

test("expired messages are neither delivered nor counted", async () => {
	await video().send([message]);
	vi.setSystemTime(4 * 24 * 60 * 60 * 1000);
	expect(await video().pull(10, 1000)).toEqual({
		messages: [],
		backlog: { count: 0, bytes: 0, oldestTimestampMs: 0 },
	});
});
