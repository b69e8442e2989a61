import {
	createExecutionContext,
	createMessageBatch,
	getQueueResult,
	type MessageBatchMessage,
	reset,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import worker from "../index.ts";
import { PullQueue } from "../pull-queue.ts";
import { call, pull } from "./rest-call.ts";

afterEach(async () => {
	vi.restoreAllMocks();
	await reset();
});

const timestamp = new Date(Date.now() - 1000);

/** Delivers messages to the emulator as Miniflare's broker does. */
async function deliver(queue: string, messages: MessageBatchMessage[]) {
	const batch = createMessageBatch(queue, messages);
	const context = createExecutionContext();
	await worker.queue(batch, env);
	return getQueueResult(batch, context);
}

test.each([
	["json", { b: 1.5, a: [null, true] }, btoa('{"b":1.5,"a":[null,true]}')],
	["json", null, btoa("null")],
	["text", "grüß dich", "grüß dich"],
	["bytes", new Uint8Array([0, 255, 128]).buffer, "AP+A"],
])("%s of a producer keeps id, time and body: %j", async (contentType, body, onTheWire) => {
	await deliver("video", [{ id: "m1", timestamp, attempts: 1, body }]);
	expect((await pull("video")).messages).toMatchObject([
		{
			id: "m1",
			timestamp_ms: timestamp.getTime(),
			attempts: 1,
			body: onTheWire,
			metadata: { "CF-Content-Type": contentType },
		},
	]);
});

test("a batch that Miniflare delivers twice is stored once", async () => {
	const message = { id: "m1", timestamp, attempts: 1, body: 1 };
	await deliver("video", [message]);
	await deliver("video", [{ ...message, attempts: 2 }]);
	expect((await pull("video")).message_backlog_count).toBe(1);
});

test("a batch that could not be stored is left with Miniflare", async () => {
	vi.spyOn(PullQueue.prototype, "send").mockImplementation(() => {
		throw new Error("out of order");
	});
	const delivery = deliver("video", [{ id: "m1", timestamp, attempts: 1, body: 1 }]);
	await expect(delivery).rejects.toThrow("out of order");
});

test.each([
	["a Map", new Map()],
	["a bigint", { size: 1n }],
	["undefined", undefined],
])(
	"%s cannot be pulled: it is logged, and the rest of its batch is stored",
	async (_case, body) => {
		const log = vi.spyOn(console, "error").mockReturnValue();
		const { retryMessages, retryBatch } = await deliver("video", [
			{ id: "m1", timestamp, attempts: 1, body },
			{ id: "m2", timestamp, attempts: 1, body: 2 },
		]);
		expect({ retryMessages, retryBatch }).toEqual({
			retryMessages: [],
			retryBatch: { retry: false },
		});
		expect((await pull("video")).messages).toMatchObject([{ id: "m2" }]);
		expect(log).toHaveBeenCalledWith(expect.stringContaining('"messageId":"m1"'));
	},
);

test("a message taken over can be acknowledged", async () => {
	await deliver("video", [{ id: "m1", timestamp, attempts: 1, body: 1 }]);
	const [message] = (await pull("video")).messages;
	await call("video/messages/ack", { acks: [{ lease_id: message?.lease_id }] });
	expect((await pull("video")).message_backlog_count).toBe(0);
});
