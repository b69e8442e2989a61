import { eq } from "drizzle-orm";
import { inject } from "vitest";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import type { ConversionId, WebhookId } from "#contracts/ids.ts";
import type { WebhookMessage } from "#contracts/webhook-message.ts";
import { newWebhookId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { type WebhookDelivery, webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { webhookTries } from "#db/schema/webhook-tries.ts";
import { type Webhook, webhooks } from "#db/schema/webhooks.ts";
import {
	converted,
	db,
	deliver,
	messageFor,
	recordingQueue,
	type Settled,
	settled,
} from "./delivery.ts";
import type { Received } from "./receiver.ts";

/*
 * Webhooks of somebody whose conversion has come to an end.
 */

export interface Hook {
	webhookId: WebhookId;
	/** Under which the receiver keeps what it receives. */
	name: string;
}

const receiver = (): string => inject("receiverUrl");

/** A settled conversion whose owner has a webhook at a receiver that behaves so. */
export async function hooked(
	behaviour: string,
	changed: Partial<Webhook> = {},
	outcome: ConversionOutcome = converted,
): Promise<Settled & Hook> {
	const conversion = await settled(outcome);
	return { ...conversion, ...(await addHook(conversion.id, behaviour, changed)) };
}

/** Gives the owner of a conversion a webhook. */
export async function addHook(
	conversionId: ConversionId,
	behaviour: string,
	changed: Partial<Webhook> = {},
): Promise<Hook> {
	const [row] = await db.select().from(conversions).where(eq(conversions.id, conversionId));
	if (row === undefined) throw new Error("no such conversion");
	const name = crypto.randomUUID();
	const id = newWebhookId(Date.now());
	await db.insert(webhooks).values({
		id,
		userId: row.userId,
		url: `${receiver()}/${name}/${behaviour}`,
		name: "Test",
		events: ["conversion.completed", "conversion.failed"],
		createdAtMs: Date.now(),
		...changed,
	});
	return { webhookId: id, name };
}

/** What the receiver got under a hook's name. */
export async function receivedBy({ name }: Hook): Promise<Received[]> {
	return (await fetch(`${receiver()}/${name}`)).json();
}

/** Ends the conversion, and says what its webhook's message would be. */
export async function end(hook: Settled & Hook): Promise<WebhookMessage> {
	await deliver([messageFor(hook)], { WEBHOOK_QUEUE: recordingQueue() });
	return messageOf(hook);
}

export async function messageOf({ webhookId }: Hook): Promise<WebhookMessage> {
	const { eventId } = await deliveryOf({ webhookId });
	return { v: 1, webhookId, eventId };
}

export async function deliveryOf({ webhookId }: Pick<Hook, "webhookId">): Promise<WebhookDelivery> {
	const rows = await db
		.select()
		.from(webhookDeliveries)
		.where(eq(webhookDeliveries.webhookId, webhookId));
	const [row, ...others] = rows;
	if (row === undefined || others.length > 0) throw new Error(`${rows.length} deliveries`);
	return row;
}

export const triesOf = ({ webhookId }: Hook) =>
	db.select().from(webhookTries).where(eq(webhookTries.webhookId, webhookId));

export async function webhookOf({ webhookId }: Hook): Promise<Webhook> {
	const [row] = await db.select().from(webhooks).where(eq(webhooks.id, webhookId));
	if (row === undefined) throw new Error("no such webhook");
	return row;
}

/** Delivers messages of the queue `webhook`. */
export const deliverWebhooks = (
	messages: WebhookMessage[],
	replaced: Partial<NotifyEnv> = {},
	attempts = 1,
) => deliver(messages, replaced, attempts, "webhook");

/** As if the time until the next try had passed. */
export async function makeDue({ webhookId }: Hook): Promise<void> {
	await db
		.update(webhookDeliveries)
		.set({ dueAtMs: Date.now(), leasedUntilMs: 0 })
		.where(eq(webhookDeliveries.webhookId, webhookId));
}
