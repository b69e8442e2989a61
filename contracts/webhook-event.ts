import * as z from "zod";

/**
 * What a webhook can be told of. `completed`: there is an MP3. `failed`: there will be none.
 * `cancelled`: its owner stopped it. `expired`: the MP3 has been deleted.
 */
export const webhookEventType = z.enum([
	"conversion.completed",
	"conversion.failed",
	"conversion.cancelled",
	"conversion.expired",
]);
export type WebhookEventType = z.infer<typeof webhookEventType>;

/**
 * Names an event: which conversion, which attempt, how that ended. The `webhook-id` of every
 * delivery of it, to whichever webhook and however often. Written by a trigger
 * (migrations/0007_webhook_events.sql).
 */
export const webhookEventId = z
	.string()
	.regex(/^evt_[0-9A-HJKMNP-TV-Z]{26}_[0-9]+_(completed|failed|cancelled|expired)$/);
