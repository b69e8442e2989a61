import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { mails } from "#db/schema/mails.ts";
import { webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { type Crash, crashingAt } from "./crash.ts";
import {
	db,
	deliver,
	messageFor,
	recordingEmail,
	recordingQueue,
	type Settled,
	statusOf,
} from "./delivery.ts";
import {
	deliverWebhooks,
	type Hook,
	hooked,
	makeDue,
	messageOf,
	receivedBy,
} from "./webhook-test.ts";

/*
 * One mail and one event a webhook reach their receivers, or duplicates that can be told as such:
 * however often a message is delivered, at once and one after the other, and wherever the Worker dies.
 * The points where it dies are listed: a new one is seen by that.
 */

/** As if the leases of whoever has died had run out. */
async function endLeases(hook: Settled & Hook): Promise<void> {
	await db.update(mails).set({ leasedUntilMs: 0 }).where(eq(mails.conversionId, hook.id));
	await makeDue(hook);
}

const ten = <Result>(one: () => Promise<Result>) => Promise.all(Array.from({ length: 10 }, one));

/** What a mail is recognised by. */
async function namesOf(EMAIL: ReturnType<typeof recordingEmail>): Promise<string[]> {
	const sent = await Promise.all(EMAIL.sent);
	return sent.map(
		({ messageId, headers }) =>
			`${messageId} ${headers.find(({ key }) => key === "x-earshot-event")?.value}`,
	);
}

test("ten deliveries at once, of the message and of what follows from it, are one mail and one event", async () => {
	const hook = await hooked("ok");
	const [EMAIL, WEBHOOK_QUEUE] = [recordingEmail(), recordingQueue()];
	await ten(() => deliver([messageFor(hook)], { EMAIL, WEBHOOK_QUEUE }));
	expect(EMAIL.sent).toHaveLength(1);
	expect(WEBHOOK_QUEUE.messages).toEqual([await messageOf(hook)]);
	await ten(async () => deliverWebhooks([await messageOf(hook)]));
	expect(await receivedBy(hook)).toHaveLength(1);
});

test("wherever the Worker dies over the message, it is one mail, or the same one again, and one event", async () => {
	const points: string[] = [];
	for (let step = 1, crash: Crash | undefined; crash?.hasCrashed() !== false; step++) {
		const hook = await hooked("ok");
		const [EMAIL, WEBHOOK_QUEUE] = [recordingEmail(), recordingQueue()];
		crash = crashingAt(step, { EMAIL, WEBHOOK_QUEUE });
		await deliver([messageFor(hook)], crash.replaced);
		if (crash.hasCrashed()) points.push(String(crash.steps[step - 1]));
		// Those that come while its lease runs wait; when it has run out, one of them goes on.
		await ten(() => deliver([messageFor(hook)], { EMAIL, WEBHOOK_QUEUE }));
		await endLeases(hook);
		await ten(() => deliver([messageFor(hook)], { EMAIL, WEBHOOK_QUEUE }));

		expect(await statusOf(hook.id)).toBe("done");
		const names = await namesOf(EMAIL);
		expect(new Set(names).size).toBe(1);
		expect(names.length).toBeLessThanOrEqual(2);
		// What was not handed to the queue, the cron finds in D1: the delivery is there.
		await ten(async () => deliverWebhooks([await messageOf(hook)]));
		expect(await receivedBy(hook)).toHaveLength(1);
	}
	expect([...new Set(points)].toSorted()).toMatchInlineSnapshot(`
		[
		  "DB: batch",
		  "DB: insert into "mails"",
		  "DB: select "email"",
		  "DB: select "id"",
		  "DB: select "message_id"",
		  "DB: update "conversions"",
		  "DB: update "mails"",
		  "DB: update "webhook_deliveries"",
		  "EMAIL: send",
		  "MP3S: list",
		  "VIDEOS: delete",
		  "WEBHOOK_QUEUE: sendBatch",
		]
	`);
});

test("wherever the Worker dies over an event, it is sent once, or the same again", async () => {
	const points: string[] = [];
	for (let step = 1, crash: Crash | undefined; crash?.hasCrashed() !== false; step++) {
		const hook = await hooked("ok");
		await deliver([messageFor(hook)], { WEBHOOK_QUEUE: recordingQueue() });
		const message = await messageOf(hook);
		crash = crashingAt(step);
		await deliverWebhooks([message], crash.replaced);
		if (crash.hasCrashed()) points.push(String(crash.steps[step - 1]));
		await ten(() => deliverWebhooks([message]));
		await endLeases(hook);
		await ten(() => deliverWebhooks([message]));

		const received = await receivedBy(hook);
		expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
		expect(new Set(received.map(({ body }) => body)).size).toBe(1);
		expect(received.length).toBeLessThanOrEqual(2);
		const [delivery] = await db
			.select()
			.from(webhookDeliveries)
			.where(eq(webhookDeliveries.webhookId, hook.webhookId));
		expect(delivery?.state).toBe("delivered");
	}
	expect([...new Set(points)].toSorted()).toMatchInlineSnapshot(`
		[
		  "DB: batch",
		  "DB: delete from "webhook_tries"",
		  "DB: insert into "webhook_tries"",
		  "DB: select "id"",
		  "DB: select "webhook_id"",
		  "DB: update "webhook_deliveries"",
		  "DB: update "webhooks"",
		]
	`);
});
