import type { ConversionId } from "#contracts/ids.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { WebhookMessage } from "#contracts/webhook-message.ts";
import type { Db } from "#db/connect.ts";
import { type DeliveryKey, takeNewDeliveries } from "#db/queries/webhook-outbox.ts";

/*
 * From the outbox, which a trigger fills, to the queue. What throws here is made good by notify's
 * cron: D1 knows what was to be sent.
 */

/** Queues takes a hundred messages at once. */
const BATCH = 100;

export interface WebhookQueue {
	WEBHOOK_QUEUE: Pick<Queue, "sendBatch">;
}

/** Hands what the webhooks of these conversions are to be told to the queue. */
export async function queueWebhooks(
	env: WebhookQueue,
	db: Db,
	conversionIds: readonly ConversionId[],
): Promise<void> {
	await queueDeliveries(env, await takeNewDeliveries(db, conversionIds, Date.now()));
}

/** Sends a message for each of these deliveries. */
export async function queueDeliveries(
	{ WEBHOOK_QUEUE }: WebhookQueue,
	deliveries: readonly DeliveryKey[],
): Promise<void> {
	const messages = deliveries.map(({ webhookId, eventId }) => {
		const body: WebhookMessage = { v: CURRENT_VERSION, webhookId, eventId };
		return { body, contentType: "json" as const };
	});
	for (let sent = 0; sent < messages.length; sent += BATCH) {
		await WEBHOOK_QUEUE.sendBatch(messages.slice(sent, sent + BATCH));
	}
}
