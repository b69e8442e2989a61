import type { AccountMailMessage } from "#contracts/account-mail-message.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { Db } from "#db/connect.ts";
import {
	disableFailingWebhook,
	disableGoneWebhook,
	failPendingDeliveries,
} from "#db/queries/webhook-deliveries.ts";
import type { DeliveryKey } from "#db/queries/webhook-outbox.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import { log } from "../log.ts";

/** After so long without one success nothing is sent any more. */
const FAILING_FOR_MS = 3 * 24 * 60 * 60 * 1000;

/** A webhook that answered 410 wants nothing more: it has said so itself, so nobody is written to. */
export async function disableGone(
	db: Db,
	{ id }: Pick<Webhook, "id">,
	nowMs: number,
): Promise<void> {
	await disableGoneWebhook(db, id, nowMs);
	await failPendingDeliveries(db, id);
	log("info", "webhook_disabled", { webhookId: id, because: "gone" });
}

/**
 * Disables a webhook that has been failing for days, and has its owner told. Whether it has. Throws when
 * the mail cannot be queued: then the delivery is still pending, and whoever tries it next tells them.
 */
export async function disableFailing(
	env: Pick<NotifyEnv, "MAIL_QUEUE">,
	db: Db,
	own: DeliveryKey,
	webhook: Pick<Webhook, "id" | "userId">,
	nowMs: number,
): Promise<boolean> {
	const failingBeforeMs = nowMs - FAILING_FOR_MS;
	if (!(await disableFailingWebhook(db, own, { nowMs, failingBeforeMs }))) return false;
	log("warn", "webhook_disabled", { webhookId: webhook.id, because: "failing" });
	await tellOwner(env, webhook);
	return true;
}

/** Ends a delivery that is still pending though its webhook is disabled. */
export async function endDeliveries(
	env: Pick<NotifyEnv, "MAIL_QUEUE">,
	db: Db,
	webhook: Pick<Webhook, "id" | "userId" | "disabledBecause">,
): Promise<void> {
	// Whoever disabled it has died before the owner was told, or right after that.
	if (webhook.disabledBecause === "failing") await tellOwner(env, webhook);
	await failPendingDeliveries(db, webhook.id);
}

async function tellOwner(
	env: Pick<NotifyEnv, "MAIL_QUEUE">,
	{ id, userId }: Pick<Webhook, "id" | "userId">,
): Promise<void> {
	const message: AccountMailMessage = {
		v: CURRENT_VERSION,
		kind: "webhook_disabled",
		userId,
		webhookId: id,
	};
	await env.MAIL_QUEUE.send(message, { contentType: "json" });
}
