import type { Db } from "#db/connect.ts";
import { forgetDeliveries } from "#db/queries/webhook-deliveries.ts";
import { takeOverdueDeliveries } from "#db/queries/webhook-outbox.ts";
import { queueDeliveries, type WebhookQueue } from "#webhooks/queue-webhooks.ts";
import { log } from "../log.ts";

/** Its message would have come by then. */
const OVERDUE_AFTER_MS = 2 * 60 * 1000;

/** The queue may only be slow: one message in this time is enough. */
const RESEND_AFTER_MS = 15 * 60 * 1000;

/** For how long the log is kept. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Of one run. */
const BATCH = 500;

/** Sends a message for deliveries whose own was lost, or never sent. */
export async function resendOverdueDeliveries(
	env: WebhookQueue,
	db: Db,
	nowMs: number,
): Promise<void> {
	const overdue = await takeOverdueDeliveries(
		db,
		{
			nowMs,
			dueBeforeMs: nowMs - OVERDUE_AFTER_MS,
			queuedBeforeMs: nowMs - RESEND_AFTER_MS,
		},
		BATCH,
	);
	await queueDeliveries(env, overdue);
	if (overdue.length > 0) log("warn", "webhooks_resent", { count: overdue.length });
}

/** Forgets what was delivered long ago. */
export const forgetOldDeliveries = (db: Db, nowMs: number): Promise<void> =>
	forgetDeliveries(db, nowMs - KEPT_MS, BATCH);
