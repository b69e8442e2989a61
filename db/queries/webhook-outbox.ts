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

const isUnqueued = (nowMs: number, queuedBeforeMs: number) =>
	and(
		eq(webhookDeliveries.state, "pending"),
		lte(webhookDeliveries.dueAtMs, nowMs),
		lt(webhookDeliveries.queuedAtMs, queuedBeforeMs),
	);

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

/** Takes deliveries that are due and whose message, if there was one, must be lost by now. */
export async function takeUnqueuedDeliveries(
	db: Db,
	times: { nowMs: number; queuedBeforeMs: number },
	limit: number,
): Promise<DeliveryKey[]> {
	const due = db
		.select({ rowid: sql`rowid` })
		.from(webhookDeliveries)
		.where(isUnqueued(times.nowMs, times.queuedBeforeMs))
		.orderBy(webhookDeliveries.dueAtMs)
		.limit(limit);
	return db
		.update(webhookDeliveries)
		.set({ queuedAtMs: times.nowMs })
		.where(sql`rowid in ${due}`)
		.returning(key);
}
