import { and, eq, inArray, lt, lte, sql } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type WebhookDelivery, webhookDeliveries } from "../schema/webhook-deliveries.ts";

/*
 * Deliveries that are waiting for a message on the queue `webhook`.
 */

/** Which delivery: of which event, to which webhook. */
export type DeliveryKey = Pick<WebhookDelivery, "webhookId" | "eventId">;

const key = { webhookId: webhookDeliveries.webhookId, eventId: webhookDeliveries.eventId };

/** Takes a conversion's deliveries that no message was ever sent for. */
export async function takeNewDeliveries(
	db: Db,
	conversionIds: readonly ConversionId[],
	nowMs: number,
): Promise<DeliveryKey[]> {
	return db
		.update(webhookDeliveries)
		.set({ queuedAtMs: nowMs })
		.where(
			and(
				inArray(webhookDeliveries.conversionId, [...conversionIds]),
				eq(webhookDeliveries.queuedAtMs, 0),
				eq(webhookDeliveries.state, "pending"),
			),
		)
		.returning(key);
}

/** Takes deliveries that were due before a time, if no message was sent since another. */
export async function takeOverdueDeliveries(
	db: Db,
	times: { nowMs: number; dueBeforeMs: number; queuedBeforeMs: number },
	limit: number,
): Promise<DeliveryKey[]> {
	const overdue = db
		.select({ rowid: sql`rowid` })
		.from(webhookDeliveries)
		.where(
			and(
				eq(webhookDeliveries.state, "pending"),
				lte(webhookDeliveries.dueAtMs, times.dueBeforeMs),
				lt(webhookDeliveries.queuedAtMs, times.queuedBeforeMs),
			),
		)
		.orderBy(webhookDeliveries.dueAtMs)
		.limit(limit);
	return db
		.update(webhookDeliveries)
		.set({ queuedAtMs: times.nowMs })
		.where(inArray(sql`rowid`, overdue))
		.returning(key);
}
