import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type EncodedBody, encodeBytes, encodeJson, encodeText } from "../message-body.ts";
import type { NewMessage } from "../message-store.ts";
import { PullQueue } from "../pull-queue.ts";

// wrangler.toml: `video` delivers a message six times, then it goes to `video-dlq`.
const video = () => env.PULL_QUEUE.getByName("video");
const VIDEO_DELIVERIES = 6;

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

async function exhaust(
	queue: DurableObjectStub<PullQueue>,
	deliveries: number,
	sent = message,
): Promise<void> {
	await queue.send([sent]);
	for (let delivery = 1; delivery <= deliveries; delivery++) await pullAndForget(queue);
}

async function leaseOne(queue: DurableObjectStub<PullQueue>): Promise<string> {
	const { messages } = await queue.pull(1, 1000);
	return messages[0]?.leaseId ?? expect.fail("there is nothing to pull");
}

/** `video` with other bindings, on the same storage. */
const replaced = <Result>(
	bindings: Partial<QueuesEnv>,
	work: (queue: PullQueue) => Promise<Result>,
): Promise<Result> =>
	runInDurableObject(video(), (_queue, ctx) => work(new PullQueue(ctx, { ...env, ...bindings })));

/** A dead letter queue that remembers what it was sent. */
function deadLetters(): Queue & { sent: MessageSendRequest[] } {
	const sent: MessageSendRequest[] = [];
	const queue = {
		sent,
		send: async (body: unknown, options: QueueSendOptions) => void sent.push({ body, ...options }),
	};
	return queue as unknown as Queue & { sent: MessageSendRequest[] };
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

test.each<[string, EncodedBody, MessageSendRequest]>([
	["json", encodeJson({ a: [null] }), { body: { a: [null] }, contentType: "json" }],
	["text", encodeText("grüß dich"), { body: "grüß dich", contentType: "text" }],
	[
		"bytes",
		encodeBytes(new Uint8Array([0, 255])),
		{ body: new Uint8Array([0, 255]), contentType: "bytes" },
	],
])(
	"a message out of retries moves to the dead letter queue as it was: %s",
	async (_, body, sent) => {
		await exhaust(video(), VIDEO_DELIVERIES, { ...message, ...body });
		const dead = deadLetters();
		await replaced({ VIDEO_DLQ: dead }, (queue) => queue.pull(10, 1000));
		expect(dead.sent).toEqual([sent]);
		expect((await video().pull(10, 1000)).backlog.count).toBe(0);
	},
);

test("the retry of a last delivery moves the message to the dead letter queue at once", async () => {
	await exhaust(video(), VIDEO_DELIVERIES - 1);
	const leaseId = await leaseOne(video());
	const dead = deadLetters();
	const retries = [{ leaseId, delaySeconds: 0 }];
	await replaced({ VIDEO_DLQ: dead }, (queue) => queue.settle({ acks: [], retries }));
	expect(dead.sent).toHaveLength(1);
});

test("a message out of retries is deleted where there is no dead letter queue", async () => {
	await exhaust(video(), VIDEO_DELIVERIES);
	const QUEUES = { ...env.QUEUES, video: { consumer: "http_pull", max_retries: 5 } };
	const dead = deadLetters();
	const { backlog } = await replaced({ QUEUES, VIDEO_DLQ: dead } as Partial<QueuesEnv>, (queue) =>
		queue.pull(10, 1000),
	);
	expect([backlog.count, dead.sent]).toEqual([0, []]);
});

test("a message stays in its queue when the dead letter queue cannot take it", async () => {
	await exhaust(video(), VIDEO_DELIVERIES);
	const down = { send: () => Promise.reject(new Error("out of order")) } as unknown as Queue;
	await replaced({ VIDEO_DLQ: down }, (queue) =>
		expect(queue.pull(10, 1000)).rejects.toThrow("out of order"),
	);
	const dead = deadLetters();
	await replaced({ VIDEO_DLQ: dead }, (queue) => queue.pull(10, 1000));
	expect(dead.sent).toHaveLength(1);
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

	const dead = deadLetters();
	await replaced({ VIDEO_DLQ: dead }, (queue) =>
		queue.settle({ acks: [{ leaseId }], retries: [] }),
	);
	expect(dead.sent).toEqual([]);
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

test("a lease of another queue acknowledges nothing in this one", async () => {
	await video().send([message]);
	const leaseId = (await leaseOne(video())).replace("video", "another");

	expect(await video().settle({ acks: [{ leaseId }], retries: [] })).toMatchObject({
		ackCount: 0,
		warnings: { [leaseId]: expect.any(String) },
	});
	vi.setSystemTime(1000);
	expect((await video().pull(10, 1000)).messages).toHaveLength(1);
});

test("expired messages are neither delivered nor counted", async () => {
	await video().send([message]);
	vi.setSystemTime(4 * 24 * 60 * 60 * 1000);
	expect(await video().pull(10, 1000)).toEqual({
		messages: [],
		backlog: { count: 0, bytes: 0, oldestTimestampMs: 0 },
	});
});
