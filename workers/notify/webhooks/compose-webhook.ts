import { Webhook as Signer } from "standardwebhooks";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import type { WebhookDelivery } from "#db/schema/webhook-deliveries.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import { liveWebhookSecrets } from "#signing/webhook-secret.ts";

/** The request that tells a webhook of an event. */
export interface WebhookRequest {
	url: string;
	headers: Record<string, string>;
	body: string;
}

/**
 * An event by the Standard Webhooks specification: what it says is the same at each try, and so is its
 * `webhook-id`; the time of the try is signed along with them, once with each secret that is live.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function composeWebhook(
	notifyKey: string,
	webhook: Webhook,
	{ eventId, type, createdAtMs, conversion }: WebhookDelivery,
	nowMs: number,
): WebhookRequest {
	const timestamp = new Date(createdAtMs).toISOString();
	const body = JSON.stringify({ type, timestamp, data: conversionDocument(conversion) });
	const now = new Date(nowMs);
	const signatures = liveWebhookSecrets(notifyKey, webhook, nowMs).map((secret) =>
		new Signer(secret).sign(eventId, now, body),
	);
	return {
		url: webhook.url,
		headers: {
			"content-type": "application/json",
			"user-agent": "Earshot-Webhooks/1",
			"webhook-id": eventId,
			"webhook-timestamp": String(Math.floor(nowMs / 1000)),
			"webhook-signature": signatures.join(" "),
		},
		body,
	};
}
