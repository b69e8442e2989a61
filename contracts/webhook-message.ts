import * as z from "zod";
import { webhookId } from "./ids.ts";
import { contractVersion } from "./version.ts";
import { webhookEventId } from "./webhook-event.ts";

/**
 * Queue `webhook`, gateway or notify → notify: this delivery may be due. Whether it is, and what is
 * in it, stands in D1.
 */
export const webhookMessage = z.strictObject({
	v: contractVersion,
	webhookId,
	eventId: webhookEventId,
});
export type WebhookMessage = z.infer<typeof webhookMessage>;
