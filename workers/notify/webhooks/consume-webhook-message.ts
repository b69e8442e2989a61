import { webhookMessage } from "#contracts/webhook-message.ts";
import type { Db } from "#db/connect.ts";
import {
	leaseDelivery,
	recordDelivered,
	recordNotDelivered,
} from "#db/queries/webhook-deliveries.ts";
import type { WebhookDelivery } from "#db/schema/webhook-deliveries.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import type { Handled } from "../consume-message.ts";
import { log } from "../log.ts";
import { composeWebhook } from "./compose-webhook.ts";
import { disableFailing, disableGone, endDeliveries } from "./disable-webhook.ts";
import { nextTryAtMs } from "./schedule.ts";
import { sendWebhook } from "./send-webhook.ts";

/** Longer than a try can take. */
const LEASE_MS = 60 * 1000;

/** https://developers.cloudflare.com/queues/configuration/batching-retries/#delay-messages */
const MAX_DELAY_SECONDS = 12 * 60 * 60;

const GONE = 410;

/**
 * Queue `webhook`. A message is a hint: what is due, and what is in it, stands in D1, so one that comes
 * twice, late or never does no harm. What can never be read is dropped: notify's cron finds what is
 * due.
 */
export async function consumeWebhookMessage(
	env: NotifyEnv,
	db: Db,
	{ id: messageId, body }: Message,
): Promise<Handled> {
	const parsed = webhookMessage.safeParse(body);
	if (!parsed.success) {
		log("error", "message_unreadable", { messageId });
		return "done";
	}
	const { webhookId, eventId } = parsed.data;
	const turn = await leaseDelivery(db, { webhookId, eventId }, Date.now(), LEASE_MS);
	switch (turn.type) {
		case "over":
			return "done";
		case "wait":
			return at(turn.untilMs);
		case "try": {
			const dueAtMs = await tryDelivery(env, db, turn.delivery, turn.webhook);
			return dueAtMs === null ? "done" : at(dueAtMs);
		}
	}
}

/** Null: nothing more is to be done. Else when it is tried again. */
async function tryDelivery(
	env: NotifyEnv,
	db: Db,
	delivery: WebhookDelivery,
	webhook: Webhook,
): Promise<number | null> {
	if (webhook.disabledAtMs !== null) {
		await endDeliveries(env, db, webhook);
		return null;
	}
	const request = composeWebhook(env.NOTIFY_KEY, webhook, delivery, Date.now());
	const { retryAfterMs, ...result } = await sendWebhook(request, {
		timeoutMs: env.WEBHOOK_TIMEOUT_SECONDS * 1000,
		allowLoopback: env.WEBHOOK_ALLOW_LOOPBACK === "true",
	});
	const { status, failure, latencyMs } = result;
	log("info", "webhook_tried", {
		webhookId: webhook.id,
		eventId: delivery.eventId,
		status,
		failure,
		latencyMs,
	});
	if (status !== null && status >= 200 && status < 300) {
		await recordDelivered(db, delivery, result);
		return null;
	}
	const nowMs = Date.now();
	const isGone = status === GONE;
	const isOver = isGone || (await disableFailing(env, db, delivery, webhook, nowMs));
	const times = { begunAtMs: delivery.begunAtMs, nowMs };
	const dueAtMs = isOver
		? null
		: nextTryAtMs(delivery.tries + 1, times, Math.random(), retryAfterMs);
	await recordNotDelivered(db, delivery, result, dueAtMs);
	if (isGone) await disableGone(db, webhook, nowMs);
	return dueAtMs;
}

/** A message that comes too early waits once more. */
function at(timeMs: number): Handled {
	const seconds = Math.ceil((timeMs - Date.now()) / 1000);
	return { againInSeconds: Math.min(Math.max(seconds, 1), MAX_DELAY_SECONDS) };
}
