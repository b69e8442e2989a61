import type { DeliveryDocument, DeliveryWithLog, WebhookDocument } from "#contracts/webhook.ts";
import type { WebhookDelivery } from "#db/schema/webhook-deliveries.ts";
import type { WebhookTry } from "#db/schema/webhook-tries.ts";
import type { Webhook } from "#db/schema/webhooks.ts";

/*
 * Webhooks and their log, as their owner sees them.
 */

export function webhookDocument(row: Webhook, nowMs: number): WebhookDocument {
	return {
		id: row.id,
		url: row.url,
		name: row.name,
		events: row.events,
		enabled: row.disabledAtMs === null,
		disabledBecause: row.disabledBecause,
		disabledAt: timestampOrNull(row.disabledAtMs),
		failingSince: timestampOrNull(row.failingSinceMs),
		previousSecretUntil:
			row.previousSecretUntilMs > nowMs ? timestamp(row.previousSecretUntilMs) : null,
		createdAt: timestamp(row.createdAtMs),
	};
}

export function deliveryDocument(row: WebhookDelivery): DeliveryDocument {
	return {
		eventId: row.eventId,
		type: row.type,
		conversionId: row.conversionId,
		state: row.state,
		tries: row.tries,
		nextTryAt: row.state === "pending" ? timestamp(row.dueAtMs) : null,
		createdAt: timestamp(row.createdAtMs),
	};
}

export function deliveryWithLog(row: WebhookDelivery, tries: WebhookTry[]): DeliveryWithLog {
	const log = tries.map(({ startedAtMs, latencyMs, status, failure, answer }) => ({
		startedAt: timestamp(startedAtMs),
		latencyMs,
		status,
		failure,
		answer,
	}));
	return { ...deliveryDocument(row), log };
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
const timestampOrNull = (ms: number | null): string | null => (ms === null ? null : timestamp(ms));
