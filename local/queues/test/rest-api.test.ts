import { reset } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { call, pull } from "./rest-call.ts";

const NOW_MS = 1_800_000_000_000;

beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
});
afterEach(async () => {
	vi.restoreAllMocks();
	vi.useRealTimers();
	await reset();
});

/** A `mp3` producer that keeps what it is sent. */
function producerSpy() {
	const sent: MessageSendRequest[] = [];
	const metrics = { backlogCount: 3, backlogBytes: 21, oldestMessageTimestamp: new Date(5) };
	const producer: Queue = {
		metrics: async () => metrics,
		send: () => expect.unreachable(),
		sendBatch: async (messages) => {
			sent.push(...messages);
			return { metadata: { metrics } };
		},
	};
	return { sent, producer };
}

async function expectRefusal(response: Response, status: number, code: number): Promise<string> {
	const body = await response.json<{ errors: { message: string }[] }>();
	expect(body).toEqual({
		success: false,
		errors: [{ code, message: expect.any(String) }],
		messages: [],
		result: null,
	});
	expect(response.status).toBe(status);
	return body.errors[0]?.message ?? "";
}

describe("authentication", () => {
	test.each([
		["none", undefined],
		["another token", "Bearer other-token"],
		["the token cut short", "Bearer test-toke"],
		["the token and more", "Bearer test-token2"],
		["an empty token", "Bearer "],
		["another scheme", "Basic test-token"],
	])("%s is refused on every call", async (_case, authorization) => {
		const headers = authorization === undefined ? undefined : { Authorization: authorization };
		for (const operation of ["messages", "messages/batch", "messages/pull", "messages/ack"]) {
			const response = await call(`video/${operation}`, { body: 1 }, { headers: headers ?? {} });
			expect(await expectRefusal(response, 401, 10000)).toBe("Authentication error");
		}
		expect((await pull("video")).message_backlog_count).toBe(0);
	});

	test("without a configured token nobody is let in", async () => {
		vi.spyOn(console, "error").mockReturnValue();
		const init = { headers: { Authorization: "Bearer " } };
		const response = await call("video/messages/pull", {}, init, { QUEUES_API_TOKEN: "" });
		await expectRefusal(response, 500, 15000);
	});
});

describe("refusals", () => {
	test("an unknown account is not found", async () => {
		const response = await call("../../other/queues/video/messages/pull", {});
		await expectRefusal(response, 404, 7003);
	});

	test.each(["unknown", "toString", "__proto__"])("the queue %s is not found", async (queue) => {
		await expectRefusal(await call(`${queue}/messages/pull`, {}), 404, 10104);
	});

	test.each(["PUT", "PATCH", "DELETE"])("%s is not allowed", async (method) => {
		await expectRefusal(await call("video/messages/pull", {}, { method }), 405, 7001);
	});

	test("GET is not allowed", async () => {
		const init = { method: "GET", body: null };
		await expectRefusal(await call("video/messages/pull", {}, init), 405, 7001);
	});

	test.each(["", "{", "batch_size=5"])("the body %j is malformed", async (body) => {
		await expectRefusal(await call("video/messages/pull", {}, { body }), 400, 10208);
	});

	test.each([
		["messages/pull", [], 10207],
		["messages/pull", { batch_size: 0 }, 10207],
		["messages/pull", { batch_size: 101 }, 10207],
		["messages/pull", { batch_size: 1.5 }, 10207],
		["messages/pull", { batch_size: "5" }, 10207],
		["messages/pull", { visibility_timeout_ms: 0 }, 10207],
		["messages/pull", { visibility_timeout_ms: 12 * 60 * 60 * 1000 + 1 }, 10207],
		["messages/ack", { acks: ["lease"] }, 10207],
		["messages/ack", { acks: [{}] }, 10207],
		["messages/ack", { retries: [{ lease_id: "a.b.1", delay_seconds: -1 }] }, 10203],
		["messages/ack", { retries: [{ lease_id: "a.b.1", delay_seconds: 12 * 60 * 60 + 1 }] }, 10203],
		["messages", {}, 10207],
		["messages", { body: 1, content_type: "text" }, 10207],
		["messages", { body: "AAAA", content_type: "bytes" }, 10203],
		["messages", { body: 1, content_type: "v8" }, 10203],
		["messages", { body: 1, delay_seconds: 12 * 60 * 60 + 1 }, 10203],
		["messages/batch", { messages: [] }, 10207],
		["messages/batch", { messages: [{}] }, 10207],
		["messages/batch", { messages: [{ body: 1 }], delay_seconds: 12 * 60 * 60 + 1 }, 10202],
		["messages/batch", { messages: [{ body: 1, delay_seconds: 12 * 60 * 60 + 1 }] }, 10203],
		["messages/batch", { messages: [{ body: 1, content_type: "v8" }] }, 10203],
	])("%s refuses %j", async (operation, body, code) => {
		await expectRefusal(await call(`video/${operation}`, body), 400, code);
		expect((await pull("video")).message_backlog_count).toBe(0);
	});

	test.each(["messages/pull", "messages/ack"])("%s is not for a push queue", async (operation) => {
		await expectRefusal(await call(`mp3/${operation}`, {}), 400, 0);
	});

	test("a failure of the emulator comes in the envelope too, and is logged", async () => {
		const log = vi.spyOn(console, "error").mockReturnValue();
		const { producer } = producerSpy();
		const broken = { ...producer, sendBatch: () => Promise.reject(new Error("broker down")) };
		const response = await call("mp3/messages", { body: 1 }, {}, { MP3: broken });
		expect(await expectRefusal(response, 500, 15000)).not.toContain("broker down");
		expect(log).toHaveBeenCalledWith(expect.stringContaining("broker down"));
	});
});

describe("pulling", () => {
	test("a pulled message has Cloudflare's fields, a JSON body in base64", async () => {
		await call("video/messages", { body: { b: "é", a: [1, null, true] } });
		expect(await pull("video")).toEqual({
			message_backlog_count: 1,
			messages: [
				{
					id: expect.stringMatching(/^[0-9a-f]{32}$/),
					body: new TextEncoder().encode('{"b":"é","a":[1,null,true]}').toBase64(),
					timestamp_ms: NOW_MS,
					attempts: 1,
					lease_id: expect.any(String),
					metadata: { "CF-Content-Type": "json" },
				},
			],
			metadata: {
				metrics: {
					backlog_count: 1,
					backlog_bytes: 28,
					oldest_message_timestamp_ms: NOW_MS,
				},
			},
		});
	});

	test("a text comes as it was sent", async () => {
		await call("video/messages", { body: "\uFEFFgrüß dich", content_type: "text" });
		expect((await pull("video")).messages).toMatchObject([
			{ body: "\uFEFFgrüß dich", metadata: { "CF-Content-Type": "text" } },
		]);
	});

	test("an empty queue answers at once with no messages", async () => {
		expect(await pull("video")).toEqual({
			message_backlog_count: 0,
			messages: [],
			metadata: {
				metrics: { backlog_count: 0, backlog_bytes: 0, oldest_message_timestamp_ms: 0 },
			},
		});
	});

	test("five messages are leased for thirty seconds by default", async () => {
		await call("video/messages/batch", {
			messages: Array.from({ length: 6 }, () => ({ body: 1 })),
		});
		expect((await pull("video")).messages).toHaveLength(5);
		vi.setSystemTime(NOW_MS + 29_999);
		expect((await pull("video")).messages).toHaveLength(1);
		vi.setSystemTime(NOW_MS + 30_000);
		expect((await pull("video")).messages).toHaveLength(5);
	});

	test("a hundred messages can be leased for twelve hours", async () => {
		const visibility_timeout_ms = 12 * 60 * 60 * 1000;
		await call("video/messages/batch", {
			messages: Array.from({ length: 100 }, () => ({ body: 1 })),
		});
		const { messages } = await pull("video", { batch_size: 100, visibility_timeout_ms });
		expect(messages).toHaveLength(100);
		vi.setSystemTime(NOW_MS + visibility_timeout_ms - 1);
		expect((await pull("video")).messages).toEqual([]);
	});
});

describe("settling", () => {
	test("acks and retries of one call are counted apart", async () => {
		await call("video/messages/batch", { messages: [{ body: 1 }, { body: 2 }, { body: 3 }] });
		const [first, second, third] = (await pull("video")).messages;
		const response = await call("video/messages/ack", {
			acks: [{ lease_id: first?.lease_id }],
			retries: [{ lease_id: second?.lease_id }, { lease_id: third?.lease_id, delay_seconds: 60 }],
		});
		expect(await response.json()).toEqual({
			success: true,
			errors: [],
			messages: [],
			result: { ackCount: 1, retryCount: 2, warnings: {} },
		});
		expect((await pull("video")).messages).toMatchObject([{ id: second?.id, attempts: 2 }]);
		vi.setSystemTime(NOW_MS + 60_000);
		expect((await pull("video")).messages.map(({ id }) => id)).toContain(third?.id);
	});
});

describe("publishing", () => {
	test("the answer tells the queue's backlog", async () => {
		const response = await call("video/messages", { body: 12 });
		expect(await response.json()).toEqual({
			success: true,
			errors: [],
			messages: [],
			result: {
				metadata: {
					metrics: { backlog_count: 1, backlog_bytes: 2, oldest_message_timestamp_ms: NOW_MS },
				},
			},
		});
	});

	test("a message's own delay comes before that of its batch", async () => {
		await call("video/messages/batch", {
			delay_seconds: 60,
			messages: [{ body: "batch's" }, { body: "own", delay_seconds: 0 }],
		});
		expect((await pull("video")).messages).toMatchObject([{ body: btoa('"own"') }]);
		vi.setSystemTime(NOW_MS + 60_000);
		expect((await pull("video")).messages.map(({ body }) => body)).toContain(btoa(`"batch's"`));
	});

	test("a message may have 128 KB, counted in bytes of its encoded body", async () => {
		const fits = `${"é".repeat(63_999)}`;
		const { status } = await call("video/messages", { body: fits });
		expect(status).toBe(200);
		await expectRefusal(await call("video/messages", { body: `${fits}x` }), 413, 10204);
		await expectRefusal(
			await call("video/messages/batch", { messages: [{ body: `${fits}x` }] }),
			413,
			10204,
		);
		expect((await pull("video")).message_backlog_count).toBe(1);
	});

	test("a batch may have 256 KB, and one that has more is refused whole", async () => {
		const text = (length: number) => ({ body: "x".repeat(length), content_type: "text" });
		const full = { messages: [text(128_000), text(127_999), text(1)] };
		expect((await call("video/messages/batch", full)).status).toBe(200);
		const tooMuch = { messages: [text(128_000), text(127_999), text(2)] };
		await expectRefusal(await call("video/messages/batch", tooMuch), 413, 10205);
		expect((await pull("video")).message_backlog_count).toBe(3);
	});

	test("a batch of more than a hundred messages is refused whole", async () => {
		const messages = Array.from({ length: 101 }, () => ({ body: 1 }));
		await expectRefusal(await call("video/messages/batch", { messages }), 413, 10206);
		expect((await pull("video")).message_backlog_count).toBe(0);
	});

	test("a push queue's messages go to its producer binding with content type and delay", async () => {
		const { sent, producer } = producerSpy();
		const batch = {
			delay_seconds: 9,
			messages: [{ body: { a: 1 } }, { body: "b", content_type: "text", delay_seconds: 5 }],
		};
		const response = await call("mp3/messages/batch", batch, {}, { MP3: producer });
		expect(sent).toEqual([
			{ body: { a: 1 }, contentType: "json", delaySeconds: 9 },
			{ body: "b", contentType: "text", delaySeconds: 5 },
		]);
		expect(await response.json()).toMatchObject({
			result: {
				metadata: {
					metrics: { backlog_count: 3, backlog_bytes: 21, oldest_message_timestamp_ms: 5 },
				},
			},
		});
	});
});
