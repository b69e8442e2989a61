import type { AccountMailMessage } from "#contracts/account-mail-message.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { Db } from "#db/connect.ts";
import {
	disableFailingWebhook,
	disableGoneWebhook,
	enableAgain,
	failPendingDeliveries,
} from "#db/queries/webhook-deliveries.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import { log } from "../log.ts";

/** After so long without one success nothing is sent any more. */
const FAILING_FOR_MS = 3 * 24 * 60 * 60 * 1000;

/** A webhook that answered 410 wants nothing more: it has said so itself, so nobody is written to. */
export async function disableGone(
	db: Db,
	{ id }: Pick<Webhook, "id">,
	nowMs: number,
): Promise<true> {
	await disableGoneWebhook(db, id, nowMs);
	await failPendingDeliveries(db, id);
	log("info", "webhook_disabled", { webhookId: id, because: "gone" });
	return true;
}

/**
 * Disables a webhook that has been failing for days, and has its owner told once. Whether it has.
 * Throws, with nothing changed, when the mail cannot be queued.
 */
export async function disableFailing(
	env: Pick<NotifyEnv, "MAIL_QUEUE">,
	db: Db,
	{ id, userId }: Pick<Webhook, "id" | "userId">,
	nowMs: number,
): Promise<boolean> {
	const failingBeforeMs = nowMs - FAILING_FOR_MS;
	if (!(await disableFailingWebhook(db, id, { nowMs, failingBeforeMs }))) return false;
	const message: AccountMailMessage = {
		v: CURRENT_VERSION,
		kind: "webhook_disabled",
		userId,
		webhookId: id,
	};
	try {
		await env.MAIL_QUEUE.send(message, { contentType: "json" });
	} catch (error) {
		await enableAgain(db, id);
		throw error;
	}
	await failPendingDeliveries(db, id);
	log("warn", "webhook_disabled", { webhookId: id, because: "failing" });
	return true;
}
