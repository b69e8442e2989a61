import Cloudflare, {
	type APIError,
	AuthenticationError,
	BadRequestError,
	NotFoundError,
} from "cloudflare";
import type { MessagePullResponse } from "cloudflare/resources/queues/messages";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { API_TOKEN, createStack } from "./stack.ts";

const account = { account_id: "local" };
const HOUR_MS = 60 * 60 * 1000;
/** For what Miniflare delivers in its own time, on a machine that may be busy. */
const PATIENTLY = { timeout: 10_000 };

const stack = createStack();
let messages: Cloudflare["queues"]["messages"];

async function connect(apiToken: string): Promise<typeof messages> {
	const { url } = await stack.listen();
	// Errors are what is tested here, so none is retried away.
	const options = { apiToken, baseURL: new URL("/client/v4", url).href, maxRetries: 0 };
	return new Cloudflare(options).queues.messages;
}

beforeEach(async () => {
	messages = await connect(API_TOKEN);
});
afterAll(() => stack.close());

async function pullOne(queue: string): Promise<MessagePullResponse.Message & { lease_id: string }> {
	const pulled = await messages.pull(queue, { ...account, visibility_timeout_ms: HOUR_MS });
	const [message, ...others] = pulled.messages ?? [];
	expect(others).toEqual([]);
	if (message?.lease_id === undefined) return expect.fail("there is nothing to pull");
	return { ...message, lease_id: message.lease_id };
}

/** Waits until Workers have been delivered these messages, by their queues. */
async function untilSeen(queues: Record<string, unknown[]>): Promise<void> {
	await vi.waitFor(async () => {
		const seen = await (await stack.fetch("/seen")).json();
		expect(seen).toMatchObject({ queues });
	}, PATIENTLY);
}

/** What the SDK throws. */
async function errorOf(call: Promise<unknown>): Promise<APIError> {
	return call.then(
		() => expect.fail("the call succeeded"),
		(error) => error,
	);
}

describe("publish, pull, settle", () => {
	afterEach(() => stack.reset());

	test("a pushed JSON message is pulled once, and gone once acknowledged", async () => {
		const pushed = await messages.push("video", { ...account, body: { a: 1 } });
		expect(pushed.metadata?.metrics).toMatchObject({ backlog_count: 1, backlog_bytes: 7 });

		const message = await pullOne("video");
		expect(message).toMatchObject({
			attempts: 1,
			body: btoa('{"a":1}'),
			metadata: { "CF-Content-Type": "json" },
		});
		const whileLeased = await messages.pull("video", account);
		expect(whileLeased).toMatchObject({ messages: [], message_backlog_count: 1 });

		const settled = await messages.ack("video", {
			...account,
			acks: [{ lease_id: message.lease_id }],
		});
		expect(settled).toEqual({ ackCount: 1, retryCount: 0, warnings: {} });
		expect((await messages.pull("video", account)).message_backlog_count).toBe(0);
	});

	test("bulk-pushed messages come in their order, each with its content type", async () => {
		const pushed = await messages.bulkPush("video", {
			...account,
			messages: [
				{ body: "plain", content_type: "text" },
				{ body: ["json"], content_type: "json" },
				{ body: "later", content_type: "text", delay_seconds: 3600 },
			],
		});
		expect(pushed.metadata?.metrics?.backlog_count).toBe(3);
		expect((await messages.pull("video", account)).messages).toMatchObject([
			{ body: "plain", metadata: { "CF-Content-Type": "text" } },
			{ body: btoa('["json"]'), metadata: { "CF-Content-Type": "json" } },
		]);
	});

	test("a retried message comes again at once, with the next attempt", async () => {
		await messages.push("video", { ...account, body: 1 });
		const { id, lease_id } = await pullOne("video");
		const settled = await messages.ack("video", { ...account, retries: [{ lease_id }] });
		expect(settled).toEqual({ ackCount: 0, retryCount: 1, warnings: {} });
		expect(await pullOne("video")).toMatchObject({ id, attempts: 2 });
	});

	test("a message retried with a delay stays away and in the backlog", async () => {
		await messages.push("video", { ...account, body: 1 });
		const { lease_id } = await pullOne("video");
		const retries = [{ lease_id, delay_seconds: 3600 }];
		expect(await messages.ack("video", { ...account, retries })).toMatchObject({ retryCount: 1 });
		expect(await messages.pull("video", account)).toMatchObject({
			messages: [],
			message_backlog_count: 1,
		});
	});

	test("the sixth retry moves a message of video to video-dlq", async () => {
		await messages.push("video", { ...account, body: 1 });
		for (let attempt = 1; attempt <= 6; attempt++) {
			const { lease_id } = await pullOne("video");
			await messages.ack("video", { ...account, retries: [{ lease_id }] });
		}
		expect((await messages.pull("video", account)).messages).toEqual([]);
		await untilSeen({ "video-dlq": [1] });
	});
});

describe("Workers on the other end", () => {
	afterEach(() => stack.reset());

	test("what is published to mp3 reaches its push consumer as it was sent", async () => {
		await messages.push("mp3", { ...account, body: { conversionId: "cnv_1" } });
		await messages.bulkPush("mp3", { ...account, messages: [{ body: "x", content_type: "text" }] });
		await untilSeen({ mp3: [{ conversionId: "cnv_1" }, "x"] });
	});

	test("what cannot be read is published to video-dlq, and reaches its push consumer", async () => {
		await messages.push("video-dlq", { ...account, body: "{", content_type: "text" });
		await untilSeen({ "video-dlq": ["{"] });
	});

	test("what a Worker sends through its producer binding can be pulled", async () => {
		await stack.fetch("/send", { method: "POST" });
		const pulled: MessagePullResponse.Message[] = [];
		await vi.waitFor(async () => {
			pulled.push(...((await messages.pull("video", account)).messages ?? []));
			expect(pulled).toHaveLength(3);
		}, PATIENTLY);
		expect(pulled).toMatchObject([
			{ body: btoa('{"a":[1,null]}'), metadata: { "CF-Content-Type": "json" } },
			{ body: "grüß dich", metadata: { "CF-Content-Type": "text" } },
			{ body: "AP+A", metadata: { "CF-Content-Type": "bytes" } },
		]);
	});
});

describe("errors", () => {
	test("a wrong token is an AuthenticationError", async () => {
		const stranger = await connect("another-token");
		const error = await errorOf(stranger.pull("video", account));
		expect(error).toBeInstanceOf(AuthenticationError);
		expect(error.errors).toEqual([{ code: 10000, message: "Authentication error" }]);
	});

	test("an unknown queue or account is a NotFoundError", async () => {
		const noQueue = await errorOf(messages.pull("unknown", account));
		expect(noQueue).toBeInstanceOf(NotFoundError);
		expect(noQueue.errors).toMatchObject([{ code: 10104 }]);
		const noAccount = await errorOf(messages.pull("video", { account_id: "unknown" }));
		expect(noAccount).toBeInstanceOf(NotFoundError);
		expect(noAccount.errors).toMatchObject([{ code: 7003 }]);
	});

	test("a body out of bounds is a BadRequestError", async () => {
		const error = await errorOf(messages.pull("video", { ...account, batch_size: 101 }));
		expect(error).toBeInstanceOf(BadRequestError);
		expect(error.errors).toMatchObject([{ code: 10207 }]);
	});

	test("a message of more than 128 KB is refused with 413", async () => {
		const body = "x".repeat(128_001);
		const error = await errorOf(messages.push("video", { ...account, body, content_type: "text" }));
		expect(error.status).toBe(413);
		expect(error.errors).toMatchObject([{ code: 10204 }]);
	});

	test("a lease that never was is a warning, not an error", async () => {
		const acks = [{ lease_id: "nonsense" }];
		expect(await messages.ack("video", { ...account, acks })).toEqual({
			ackCount: 0,
			retryCount: 0,
			warnings: { nonsense: expect.any(String) },
		});
	});
});
