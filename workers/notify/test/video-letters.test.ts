import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { STALL_AFTER_MS } from "#contracts/heartbeat.ts";
import { RETRY_WINDOW_MS } from "#contracts/limits.ts";
import { newConversionId, newWebhookId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { deadLetters } from "#db/schema/dead-letters.ts";
import { webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { webhooks } from "#db/schema/webhooks.ts";
import { crashingAt } from "./crash.ts";
import {
	bindings,
	converted,
	db,
	deliver,
	messageFor,
	recordingEmail,
	recordingQueue,
	type Settled,
	settled,
} from "./delivery.ts";
import {
	conversionOf,
	deliverLetters,
	endLease,
	keptLetter,
	letter,
	mailsOf,
	queued,
	videoBody,
} from "./letters.ts";

/*
 * Messages of `video` that no transcoder could handle.
 */

test("an attempt that waits has failed, its owner is told, and the video is kept for another try", async () => {
	const conversion = await queued();
	const EMAIL = recordingEmail();
	const result = await deliverLetters("video-dlq", [letter(await videoBody(conversion))], {
		EMAIL,
	});
	expect(result.explicitAcks).toHaveLength(1);
	const row = await conversionOf(conversion);
	expect(row).toMatchObject({
		status: "failed",
		attempt: 1,
		outcome: { type: "failed", error: { code: "internal", retryable: true } },
	});
	expect(row?.videoExpiresAtMs).toBe((row?.finishedAtMs ?? 0) + RETRY_WINDOW_MS);
	expect(await bindings.VIDEOS.head(conversion.id)).not.toBeNull();
	const [mail, ...others] = await Promise.all(EMAIL.sent);
	expect(others).toEqual([]);
	expect(mail?.to?.[0]?.address).toBe(conversion.email);
	expect(mail?.text).toContain(`/conversions/${conversion.id}/retry`);
});

test("the owner's webhooks hear of it", async () => {
	const conversion = await queued();
	const row = await conversionOf(conversion);
	const id = newWebhookId(Date.now());
	await db.insert(webhooks).values({
		id,
		userId: row?.userId ?? expect.fail(),
		url: "https://example.com",
		name: "",
		events: ["conversion.failed"],
		createdAtMs: Date.now(),
	});
	const WEBHOOK_QUEUE = recordingQueue();
	await deliverLetters("video-dlq", [letter(await videoBody(conversion))], { WEBHOOK_QUEUE });
	const told = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id));
	expect(told).toMatchObject([{ type: "conversion.failed", conversionId: conversion.id }]);
});

test("an attempt whose transcoder has fallen silent has failed", async () => {
	const conversion = await queued();
	const heartbeatAtMs = Date.now() - STALL_AFTER_MS - 1000;
	await change(conversion, { status: "converting", heartbeatAtMs });
	await deliverLetters("video-dlq", [letter(await videoBody(conversion))]);
	expect((await conversionOf(conversion))?.status).toBe("failed");
});

const change = ({ id }: Settled, columns: Partial<typeof conversions.$inferInsert>) =>
	db.update(conversions).set(columns).where(eq(conversions.id, id));

test.each<[string, Partial<typeof conversions.$inferInsert>]>([
	["is being worked on", { status: "converting", heartbeatAtMs: Date.now() + 60_000 }],
	["has been superseded", { attempt: 2 }],
	["was cancelled", { status: "cancelled", finishedAtMs: 1 }],
	["is still being uploaded", { status: "uploading" }],
	["has expired", { status: "expired", finishedAtMs: 1 }],
])("an attempt that %s is left alone, and nobody is told", async (_, columns) => {
	const conversion = await queued();
	const sent = letter(await videoBody(conversion));
	await change(conversion, columns);
	const before = await conversionOf(conversion);
	const EMAIL = recordingEmail();
	const result = await deliverLetters("video-dlq", [sent], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(await conversionOf(conversion)).toEqual(before);
	expect(EMAIL.sent).toEqual([]);
	expect(await keptLetter(sent)).toBeDefined();
});

test("what was done is still done, and told once", async () => {
	const done = await settled(converted);
	const EMAIL = recordingEmail();
	await deliver([messageFor(done)], { EMAIL });
	const before = await conversionOf(done);
	await deliverLetters("video-dlq", [letter(await videoBody(done))], { EMAIL });
	expect(await conversionOf(done)).toEqual(before);
	expect(EMAIL.sent).toHaveLength(1);
});

test("what a transcoder has settled is finished by its own outcome", async () => {
	const done = await settled(converted);
	await deliverLetters("video-dlq", [letter(await videoBody(done))]);
	expect((await conversionOf(done))?.status).toBe("done");
});

test("a deleted conversion's letter is kept, and that is all", async () => {
	const deleted = { id: newConversionId(Date.now()), attempt: 1, email: "" };
	const sent = letter(await videoBody(deleted));
	const EMAIL = recordingEmail();
	const result = await deliverLetters("video-dlq", [sent], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect((await keptLetter(sent))?.body).toMatchObject({ conversionId: deleted.id });
	expect(EMAIL.sent).toEqual([]);
});

test("it is kept without its capabilities", async () => {
	const conversion = await queued();
	const sent = letter(await videoBody(conversion));
	await deliverLetters("video-dlq", [sent]);
	expect(await keptLetter(sent)).toEqual({
		id: sent.id,
		queue: "video",
		body: { v: 1, conversionId: conversion.id, attempt: 1 },
		receivedAtMs: expect.any(Number),
		requeuedAtMs: null,
	});
});

test("a message that transcoders could not read ends its attempt all the same", async () => {
	const conversion = await queued();
	const body = { ...(await videoBody(conversion)), v: 2, options: { quality: "unheard of" } };
	await deliverLetters("video-dlq", [letter(JSON.stringify(body))]);
	expect((await conversionOf(conversion))?.status).toBe("failed");
});

test("a message that lay in both queues for as long as they keep it still speaks for its attempt", async () => {
	const conversion = await queued();
	const sentAtMs = Date.now() - 7.9 * 24 * 60 * 60 * 1000;
	await deliverLetters("video-dlq", [letter(await videoBody(conversion, { sentAtMs }))]);
	expect((await conversionOf(conversion))?.status).toBe("failed");
});

const another = { id: newConversionId(Date.now()), attempt: 1, email: "" };

test.each<[string, (victim: Settled) => Promise<unknown>]>([
	["no token", async (victim) => messageFor(victim)],
	[
		"a token of nobody's",
		async (victim) => ({ ...(await videoBody(victim)), control: { token: "x" } }),
	],
	[
		"a token by another key",
		(victim) => videoBody(victim, { controlKey: "a-key-that-was-guessed" }),
	],
	[
		"another conversion's token",
		async (victim) => ({
			...(await videoBody(victim)),
			control: (await videoBody(another)).control,
		}),
	],
	[
		"another attempt's token",
		async (victim) => ({
			...(await videoBody(victim)),
			control: (await videoBody({ ...victim, attempt: 2 })).control,
		}),
	],
	[
		"a token that no queue can have kept",
		(victim) => videoBody(victim, { sentAtMs: Date.now() - 9 * 24 * 60 * 60 * 1000 }),
	],
])("a forged letter with %s changes nothing", async (_, forge) => {
	const victim = await queued();
	const before = await conversionOf(victim);
	const sent = letter(await forge(victim));
	const EMAIL = recordingEmail();
	const result = await deliverLetters("video-dlq", [sent], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(await conversionOf(victim)).toEqual(before);
	expect(EMAIL.sent).toEqual([]);
	expect(JSON.stringify(await keptLetter(sent))).not.toMatch(/Signature=|eyJ/);
});

test("ten deliveries at once, and the message of mp3 among them, end it once and tell once", async () => {
	const conversion = await queued();
	const sent = letter(await videoBody(conversion));
	const EMAIL = recordingEmail();
	await Promise.all([
		...Array.from({ length: 10 }, () => deliverLetters("video-dlq", [sent], { EMAIL })),
		deliver([messageFor(conversion)], { EMAIL }),
		deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL }),
	]);
	await deliverLetters("video-dlq", [sent, letter(sent.body)], { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
	expect(await mailsOf(conversion)).toMatchObject([{ kind: "outcome", attempt: 1 }]);
	const kept = await db.select().from(deadLetters).where(eq(deadLetters.id, sent.id));
	expect(kept).toHaveLength(1);
});

test("a delivery after the owner has tried again leaves the new attempt alone", async () => {
	const conversion = await queued();
	const sent = letter(await videoBody(conversion));
	const EMAIL = recordingEmail();
	await deliverLetters("video-dlq", [sent], { EMAIL });
	await change(conversion, { status: "queued", attempt: 2, outcome: null, settledAtMs: null });
	await deliverLetters("video-dlq", [sent], { EMAIL });
	expect(await conversionOf(conversion)).toMatchObject({ status: "queued", attempt: 2 });
	expect(EMAIL.sent).toHaveLength(1);
});

test("wherever the Worker dies, the next delivery makes it good", async () => {
	for (let step = 1, crashed = true; crashed; step++) {
		const conversion = await queued();
		const sent = letter(await videoBody(conversion));
		const EMAIL = recordingEmail();
		const { replaced, hasCrashed } = crashingAt(step);
		const first = await deliverLetters("video-dlq", [sent], { ...replaced, EMAIL });
		crashed = hasCrashed();
		expect(first.explicitAcks).toHaveLength(crashed ? 0 : 1);
		// Known to be sent to nobody but a Worker that is dead: the one mail that comes twice.
		const isForgotten =
			EMAIL.sent.length === 1 && (await mailsOf(conversion))[0]?.sentAtMs === null;
		await endLease(conversion);
		const second = await deliverLetters("video-dlq", [sent], { EMAIL });
		expect(second.explicitAcks).toHaveLength(1);
		expect(EMAIL.sent).toHaveLength(isForgotten ? 2 : 1);
		expect(await conversionOf(conversion)).toMatchObject({ status: "failed", attempt: 1 });
		expect(await keptLetter(sent)).toBeDefined();
	}
});

test("while D1 is down letters come again later", async () => {
	const prepare = () => {
		throw new Error("D1 is down");
	};
	const sent = letter(await videoBody(await queued()));
	const DB = { prepare, batch: prepare } as unknown as D1Database;
	const result = await deliverLetters("video-dlq", [sent], { DB });
	expect(result.explicitAcks).toEqual([]);
	expect(result.retryMessages).toHaveLength(1);
});
