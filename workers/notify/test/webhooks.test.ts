import { eq } from "drizzle-orm";
import { Webhook as Verifier } from "standardwebhooks";
import { beforeEach, describe, expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { conversions } from "#db/schema/conversions.ts";
import { webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { webhooks } from "#db/schema/webhooks.ts";
import { liveWebhookSecrets } from "#signing/webhook-secret.ts";
import { runCron } from "../run-cron.ts";
import { crashingAt } from "./crash.ts";
import { bindings, db, deliver, messageFor, recordingEmail, recordingQueue } from "./delivery.ts";
import type { Received } from "./receiver.ts";
import {
	addHook,
	deliverWebhooks,
	deliveryOf,
	end,
	hooked,
	makeDue,
	messageOf,
	receivedBy,
	triesOf,
	webhookOf,
} from "./webhook-test.ts";

/** Long enough for a busy machine to answer in, and short enough to wait for. */
const PATIENCE_SECONDS = 1;

const DAY_MS = 24 * 60 * 60 * 1000;
const failed = { type: "failed" as const, error: jobErrorFor("no_audio_track") };

const verify = ({ headers, body }: Received, secret: string): unknown =>
	new Verifier(secret).verify(body, headers);

describe("an event", () => {
	test("reaches the receiver, signed, with the conversion as the API shows it", async () => {
		const hook = await hooked("ok");
		await deliverWebhooks([await end(hook)]);
		const [received, ...others] = await receivedBy(hook);
		if (received === undefined) throw new Error("nothing was received");
		expect(others).toEqual([]);
		const [secret = ""] = liveWebhookSecrets(bindings.NOTIFY_KEY, await webhookOf(hook), 0);
		const [row] = await db.select().from(conversions).where(eq(conversions.id, hook.id));
		if (row === undefined) throw new Error("the conversion is gone");
		const delivery = await deliveryOf(hook);
		expect(verify(received, secret)).toEqual({
			type: "conversion.completed",
			timestamp: new Date(delivery.createdAtMs).toISOString(),
			// As JSON has it: without what is undefined.
			data: JSON.parse(JSON.stringify(conversionDocument(row))),
		});
		expect(received.headers["webhook-id"]).toBe(`evt_${hook.id.slice(4)}_1_completed`);
		expect(received.headers["content-type"]).toBe("application/json");
		expect(delivery).toMatchObject({ state: "delivered", tries: 1 });
		expect(await triesOf(hook)).toMatchObject([
			{ status: 200, failure: null, answer: "thank you", latencyMs: expect.any(Number) },
		]);
	});

	test("of a failure says why", async () => {
		const hook = await hooked("ok", {}, failed);
		await deliverWebhooks([await end(hook)]);
		const [received] = await receivedBy(hook);
		expect(JSON.parse(received?.body ?? "")).toMatchObject({
			type: "conversion.failed",
			data: { id: hook.id, status: "failed", error: { code: "no_audio_track" } },
		});
	});

	test("tells of its own moment, however late it is sent", async () => {
		const hook = await hooked("ok", {}, { type: "failed", error: jobErrorFor("timed_out") });
		const message = await end(hook);
		await db
			.update(conversions)
			.set({ status: "queued", attempt: 2, outcome: null, filename: "renamed.mp4" })
			.where(eq(conversions.id, hook.id));
		await deliverWebhooks([message]);
		const [received] = await receivedBy(hook);
		expect(JSON.parse(received?.body ?? "")).toMatchObject({
			data: { status: "failed", filename: "holiday.mp4", error: { code: "timed_out" } },
		});
	});

	test("goes to each webhook that wants its kind, and to no other", async () => {
		const hook = await hooked("ok");
		const second = await addHook(hook.id, "ok");
		await addHook(hook.id, "ok", { events: ["conversion.failed"] });
		await addHook(hook.id, "ok", { disabledAtMs: 1, disabledBecause: "owner" });
		const stranger = await hooked("ok");
		const queue = recordingQueue();
		await deliver([messageFor(hook)], { WEBHOOK_QUEUE: queue });
		expect(queue.messages.toSorted()).toEqual(
			[await messageOf(hook), await messageOf(second)].toSorted(),
		);
		await expect(deliveryOf(stranger)).rejects.toThrow("0 deliveries");
	});

	test("is signed with both secrets after a rotation, and with one a day later", async () => {
		const hook = await hooked("ok", {
			secretGeneration: 1,
			previousSecretUntilMs: Date.now() + 1e6,
		});
		await deliverWebhooks([await end(hook)]);
		const webhook = await webhookOf(hook);
		const secrets = liveWebhookSecrets(bindings.NOTIFY_KEY, webhook, Date.now());
		expect(new Set(secrets).size).toBe(2);
		const [first] = await receivedBy(hook);
		if (first === undefined) throw new Error("nothing was received");
		for (const secret of secrets) expect(verify(first, secret)).toBeTruthy();
		expect(() =>
			verify({ ...first, body: first.body.replace("done", "gone") }, secrets[0] ?? ""),
		).toThrow();

		await db.update(webhooks).set({ previousSecretUntilMs: 0 }).where(eq(webhooks.id, webhook.id));
		await db
			.update(webhookDeliveries)
			.set({ state: "pending" })
			.where(eq(webhookDeliveries.webhookId, webhook.id));
		await deliverWebhooks([await messageOf(hook)]);
		const [, second] = await receivedBy(hook);
		if (second === undefined) throw new Error("nothing was received");
		expect(verify(second, secrets[0] ?? "")).toBeTruthy();
		expect(() => verify(second, secrets[1] ?? "")).toThrow();
	});
});

describe("a receiver that", () => {
	test.each([
		["is down for maintenance", "503", { status: 503, failure: null, answer: "this is 503" }],
		["does not know the event", "404", { status: 404, failure: null, answer: "this is 404" }],
		["never answers", "never-answers", { status: null, failure: "timed_out", answer: null }],
		["stops in its answer", "stops-halfway", { status: 500, failure: null, answer: "half an ans" }],
		["drops the connection", "drops", { status: null, failure: "unreachable", answer: null }],
	])("%s is tried again, with the same id", async (_, behaviour, result) => {
		const hook = await hooked(behaviour);
		const message = await end(hook);
		const WEBHOOK_TIMEOUT_SECONDS = PATIENCE_SECONDS as never;
		const first = await deliverWebhooks([message], { WEBHOOK_TIMEOUT_SECONDS });
		expect(first.retryMessages).toHaveLength(1);
		expect(await triesOf(hook)).toMatchObject([result]);
		expect(await deliveryOf(hook)).toMatchObject({ state: "pending", tries: 1, leasedUntilMs: 0 });
		expect((await webhookOf(hook)).failingSinceMs).not.toBeNull();

		// Before it is due, a message changes nothing.
		await db
			.update(webhookDeliveries)
			.set({ dueAtMs: Date.now() + DAY_MS })
			.where(eq(webhookDeliveries.webhookId, hook.webhookId));
		expect((await deliverWebhooks([message])).retryMessages).toHaveLength(1);
		expect(await receivedBy(hook)).toHaveLength(1);

		await makeDue(hook);
		await db
			.update(webhooks)
			.set({ url: (await webhookOf(hook)).url.replace(behaviour, "ok") })
			.where(eq(webhooks.id, hook.webhookId));
		await deliverWebhooks([message]);
		const [before, after] = await receivedBy(hook);
		expect(after?.body).toBe(before?.body);
		expect(after?.headers["webhook-id"]).toBe(before?.headers["webhook-id"]);
		expect(await deliveryOf(hook)).toMatchObject({ state: "delivered", tries: 2 });
		expect((await webhookOf(hook)).failingSinceMs).toBeNull();
	});

	test("accepts and then stops in its answer has accepted", async () => {
		const hook = await hooked("accepts-and-stops");
		const WEBHOOK_TIMEOUT_SECONDS = PATIENCE_SECONDS as never;
		await deliverWebhooks([await end(hook)], { WEBHOOK_TIMEOUT_SECONDS });
		expect(await deliveryOf(hook)).toMatchObject({ state: "delivered" });
	});

	test("redirects is not followed", async () => {
		const hook = await hooked("redirects");
		await deliverWebhooks([await end(hook)]);
		expect((await receivedBy(hook)).map(({ path }) => path)).toEqual([`/${hook.name}/redirects`]);
		expect(await triesOf(hook)).toMatchObject([{ status: 307, failure: "redirected" }]);
	});

	test("answers without end is read for a kilobyte, of which nothing draws on a terminal", async () => {
		const hook = await hooked("endless");
		await deliverWebhooks([await end(hook)]);
		const [attempt] = await triesOf(hook);
		expect(attempt).toMatchObject({ status: 500 });
		expect(attempt?.answer).toMatch(/^(\ufffd<b>no<\/b>\n)+/);
		expect(Buffer.byteLength(attempt?.answer ?? "")).toBeLessThan(1400);
	});

	test("asks for half an hour is given it", async () => {
		const hook = await hooked("later-please");
		await deliverWebhooks([await end(hook)]);
		const { dueAtMs } = await deliveryOf(hook);
		const [attempt] = await triesOf(hook);
		expect(dueAtMs - (attempt?.startedAtMs ?? 0)).toBeGreaterThanOrEqual(1_800_000);
	});

	test("is gone (410) is disabled, and nothing more is sent", async () => {
		const hook = await hooked("410");
		const MAIL_QUEUE = recordingQueue();
		const result = await deliverWebhooks([await end(hook)], { MAIL_QUEUE });
		expect(result.explicitAcks).toHaveLength(1);
		expect(await webhookOf(hook)).toMatchObject({ disabledBecause: "gone" });
		expect(await deliveryOf(hook)).toMatchObject({ state: "failed", tries: 1 });
		expect(MAIL_QUEUE.messages).toEqual([]);
	});
});

describe("an address", () => {
	test.each([
		"http://169.254.169.254/latest/meta-data/",
		"https://169.254.169.254/latest/meta-data/",
		"https://10.0.0.1/",
		"https://[fd00::1]/",
		"https://[::ffff:10.0.0.1]/",
		"https://2130706433.example.internal/",
		"http://example.com/",
	])("that has become one that nothing may be sent to is not connected to: %s", async (url) => {
		const hook = await hooked("ok", { url });
		await deliverWebhooks([await end(hook)]);
		expect(await triesOf(hook)).toMatchObject([
			{ status: null, failure: "address_refused", answer: null },
		]);
	});

	test("of this machine is refused where nobody allows it", async () => {
		const hook = await hooked("ok");
		await deliverWebhooks([await end(hook)], { WEBHOOK_ALLOW_LOOPBACK: "false" });
		expect(await triesOf(hook)).toMatchObject([{ failure: "address_refused" }]);
		expect(await receivedBy(hook)).toEqual([]);
	});
});

describe("a webhook that has failed", () => {
	const since = (ms: number) => ({ failingSinceMs: Date.now() - ms });

	test("for three days is disabled, and its owner is told once", async () => {
		const hook = await hooked("500", since(3 * DAY_MS));
		const message = await end(hook);
		const MAIL_QUEUE = recordingQueue();
		await deliverWebhooks([message], { MAIL_QUEUE });
		await deliverWebhooks([message], { MAIL_QUEUE });
		const webhook = await webhookOf(hook);
		expect(webhook).toMatchObject({ disabledBecause: "failing" });
		expect(MAIL_QUEUE.messages).toEqual([
			{ v: 1, kind: "webhook_disabled", userId: webhook.userId, webhookId: webhook.id },
		]);
		expect(await deliveryOf(hook)).toMatchObject({ state: "failed" });
	});

	test("for less is tried on", async () => {
		const hook = await hooked("500", since(3 * DAY_MS - 60_000));
		await deliverWebhooks([await end(hook)]);
		expect(await webhookOf(hook)).toMatchObject({ disabledAtMs: null });
	});

	test("for three days is disabled once by ten deliveries of different events at once", async () => {
		const hook = await hooked("500", since(3 * DAY_MS));
		const first = await end(hook);
		const [row] = await db
			.select()
			.from(webhookDeliveries)
			.where(eq(webhookDeliveries.webhookId, hook.webhookId));
		if (row === undefined) throw new Error("no delivery");
		const eventIds = Array.from({ length: 9 }, (_, n) =>
			first.eventId.replace("_1_", `_${n + 2}_`),
		);
		for (const eventId of eventIds) {
			await db.insert(webhookDeliveries).values({ ...row, eventId });
		}
		const MAIL_QUEUE = recordingQueue();
		const messages = [first, ...eventIds.map((eventId) => ({ ...first, eventId }))];
		await Promise.all(messages.map((message) => deliverWebhooks([message], { MAIL_QUEUE })));
		expect(MAIL_QUEUE.messages).toHaveLength(1);
		const rows = await db
			.select()
			.from(webhookDeliveries)
			.where(eq(webhookDeliveries.webhookId, hook.webhookId));
		expect(rows.map(({ state }) => state)).toEqual(Array(10).fill("failed"));
	});

	test("has its owner told later if the queue is down, and only then is that over", async () => {
		const hook = await hooked("500", since(3 * DAY_MS));
		const message = await end(hook);
		const down = { MAIL_QUEUE: recordingQueue("the queue is down") };
		expect((await deliverWebhooks([message], down)).retryMessages).toHaveLength(1);
		expect(await deliveryOf(hook)).toMatchObject({ state: "pending" });
		await makeDue(hook);
		const MAIL_QUEUE = recordingQueue();
		await deliverWebhooks([message], { MAIL_QUEUE });
		await deliverWebhooks([message], { MAIL_QUEUE });
		expect(MAIL_QUEUE.messages).toMatchObject([{ kind: "webhook_disabled" }]);
		expect(await webhookOf(hook)).toMatchObject({ disabledBecause: "failing" });
		expect(await deliveryOf(hook)).toMatchObject({ state: "failed" });
		expect(await receivedBy(hook)).toHaveLength(1);
	});

	test("for three days tells its owner wherever the Worker dies", async () => {
		for (let step = 1, crashed = true; crashed; step++) {
			const hook = await hooked("500", since(3 * DAY_MS));
			const message = await end(hook);
			const MAIL_QUEUE = recordingQueue();
			const crash = crashingAt(step, { MAIL_QUEUE });
			await deliverWebhooks([message], crash.replaced);
			crashed = crash.hasCrashed();
			for (let again = 0; again < 2; again++) {
				await makeDue(hook);
				await deliverWebhooks([message], { MAIL_QUEUE });
			}
			expect(await webhookOf(hook)).toMatchObject({ disabledBecause: "failing" });
			expect(await deliveryOf(hook)).toMatchObject({ state: "failed" });
			expect(MAIL_QUEUE.messages.length).toBeGreaterThanOrEqual(1);
			expect(MAIL_QUEUE.messages.length).toBeLessThanOrEqual(2);
		}
	});

	test("an event for a day is not tried on", async () => {
		const hook = await hooked("500");
		const message = await end(hook);
		await db
			.update(webhookDeliveries)
			.set({ begunAtMs: Date.now() - DAY_MS })
			.where(eq(webhookDeliveries.webhookId, hook.webhookId));
		const result = await deliverWebhooks([message]);
		expect(result.explicitAcks).toHaveLength(1);
		expect(await deliveryOf(hook)).toMatchObject({ state: "failed" });
	});
});

describe("the log", () => {
	test("keeps the last twenty tries", async () => {
		const hook = await hooked("500");
		const message = await end(hook);
		for (let round = 0; round < 22; round++) {
			await makeDue(hook);
			await deliverWebhooks([message]);
		}
		expect(await triesOf(hook)).toHaveLength(20);
		expect(await deliveryOf(hook)).toMatchObject({ tries: 22 });
	});
});

describe("once", () => {
	test("ten deliveries of a message at once are one request", async () => {
		const hook = await hooked("ok");
		const message = await end(hook);
		await Promise.all(Array.from({ length: 10 }, () => deliverWebhooks([message])));
		expect(await receivedBy(hook)).toHaveLength(1);
	});

	test("a message that comes after the event was taken does nothing", async () => {
		const hook = await hooked("ok");
		const message = await end(hook);
		await deliverWebhooks([message]);
		expect((await deliverWebhooks([message])).explicitAcks).toHaveLength(1);
		expect(await receivedBy(hook)).toHaveLength(1);
	});

	test.each([{ v: 1 }, "nonsense", { v: 1, webhookId: "whk_1", eventId: "evt_1" }])(
		"a message that nobody can read is dropped: %j",
		async (body) => {
			const result = await deliver([body], {}, 1, "webhook");
			expect(result.explicitAcks).toHaveLength(1);
		},
	);
});

describe("the cron", () => {
	beforeEach(async () => {
		await db.delete(webhookDeliveries);
	});

	test("sends what was never handed to the queue, and what got lost there", async () => {
		const hook = await hooked("ok");
		await deliver([messageFor(hook)], { WEBHOOK_QUEUE: recordingQueue("the queue is down") });
		const message = await messageOf(hook);
		const WEBHOOK_QUEUE = recordingQueue();
		const at = (ms: number) => runCron({ ...bindings, WEBHOOK_QUEUE }, db, Date.now() + ms);
		// Not at once: its message may be on its way.
		await at(60_000);
		expect(WEBHOOK_QUEUE.messages).toEqual([]);
		await at(16 * 60_000);
		expect(WEBHOOK_QUEUE.messages).toEqual([message]);
		await at(17 * 60_000);
		expect(WEBHOOK_QUEUE.messages).toEqual([message]);
		await at(40 * 60_000);
		expect(WEBHOOK_QUEUE.messages).toEqual([message, message]);
	});

	test("forgets what happened thirty days ago, with the log", async () => {
		const hook = await hooked("ok");
		await deliverWebhooks([await end(hook)]);
		await runCron(bindings, db, Date.now() + 29 * DAY_MS);
		expect(await triesOf(hook)).toHaveLength(1);
		await runCron(bindings, db, Date.now() + 31 * DAY_MS);
		expect(await triesOf(hook)).toEqual([]);
		await expect(deliveryOf(hook)).rejects.toThrow("0 deliveries");
	});
});

test("that webhooks cannot be queued keeps no mail from its owner", async () => {
	const hook = await hooked("ok");
	const EMAIL = recordingEmail();
	const WEBHOOK_QUEUE = recordingQueue("the queue is down");
	const result = await deliver([messageFor(hook)], { EMAIL, WEBHOOK_QUEUE });
	expect(result.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(1);
});
