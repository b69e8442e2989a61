import { and, desc, eq, lt, lte, or } from "drizzle-orm";
import type { WebhookId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import {
	type DeliveryState,
	type WebhookDelivery,
	webhookDeliveries,
} from "../schema/webhook-deliveries.ts";
import { type WebhookTry, webhookTries } from "../schema/webhook-tries.ts";

/*
 * What was sent to a webhook, as its owner looks into it. Whose webhook it is has been seen before.
 */

/** A place in the log: the delivery that was seen last. */
export type LogPlace = Pick<WebhookDelivery, "createdAtMs" | "eventId">;

const isDelivery = (webhookId: WebhookId, eventId: string) =>
	and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.eventId, eventId));

/** Newest first: those older than `before`, in a state. */
export async function listDeliveries(
	db: Db,
	webhookId: WebhookId,
	page: {
		before?: LogPlace | undefined;
		state?: DeliveryState | undefined;
		limit: number;
	},
): Promise<WebhookDelivery[]> {
	const { createdAtMs, eventId, state } = webhookDeliveries;
	const isBefore = (place: LogPlace) =>
		or(
			lt(createdAtMs, place.createdAtMs),
			and(eq(createdAtMs, place.createdAtMs), lt(eventId, place.eventId)),
		);
	return db
		.select()
		.from(webhookDeliveries)
		.where(
			and(
				eq(webhookDeliveries.webhookId, webhookId),
				page.before && isBefore(page.before),
				page.state && eq(state, page.state),
			),
		)
		.orderBy(desc(createdAtMs), desc(eventId))
		.limit(page.limit);
}

/** Null when the webhook was not told of this event. */
export async function findDelivery(
	db: Db,
	webhookId: WebhookId,
	eventId: string,
): Promise<WebhookDelivery | null> {
	const row = await db.select().from(webhookDeliveries).where(isDelivery(webhookId, eventId)).get();
	return row ?? null;
}

/** The newest tries of a delivery, oldest first. */
export async function findTries(
	db: Db,
	webhookId: WebhookId,
	eventId: string,
	limit: number,
): Promise<WebhookTry[]> {
	const rows = await db
		.select()
		.from(webhookTries)
		.where(and(eq(webhookTries.webhookId, webhookId), eq(webhookTries.eventId, eventId)))
		.orderBy(desc(webhookTries.id))
		.limit(limit);
	return rows.reverse();
}

/**
 * Has a delivery begun anew, whatever became of it. While somebody is trying, that try is as good as
 * the one that was asked for, and nothing changes. Null when the webhook was not told of this event.
 */
export async function replayDelivery(
	db: Db,
	webhookId: WebhookId,
	eventId: string,
	nowMs: number,
): Promise<WebhookDelivery | null> {
	await db
		.update(webhookDeliveries)
		.set({ state: "pending", tries: 0, begunAtMs: nowMs, dueAtMs: nowMs, queuedAtMs: nowMs })
		.where(and(isDelivery(webhookId, eventId), lte(webhookDeliveries.leasedUntilMs, nowMs)));
	return findDelivery(db, webhookId, eventId);
}
