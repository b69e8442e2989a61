import * as z from "zod";
import { conversionId, webhookId } from "./ids.ts";
import { webhookEventId, webhookEventType } from "./webhook-event.ts";
import { MAX_WEBHOOK_URL_CHARACTERS } from "./webhook-url.ts";

const timestamp = z.iso.datetime();

const name = z.string().trim().min(1).max(100).describe("Your word for it.");

const url = z
	.string()
	.max(MAX_WEBHOOK_URL_CHARACTERS)
	.describe("Where events are sent: HTTPS, reached from the Internet.");

const events = z
	.array(webhookEventType)
	.min(1)
	.transform((all) => [...new Set(all)])
	.describe("What it is told of.");

/** `POST /webhooks`. */
export const webhookWish = z.strictObject({
	url,
	name: name.optional().describe("Your word for it. Default: the address's host."),
	events: events.default(webhookEventType.options).describe("Default: all of them."),
});

/** `PATCH /webhooks/{id}`. */
export const webhookChange = z
	.strictObject({
		url,
		name,
		events,
		enabled: z.boolean().describe("`true` forgets how long it has been failing."),
	})
	.partial()
	.refine((change) => Object.keys(change).length > 0, "must change something");

/** A webhook as its owner sees it: never its secret. */
export const webhookDocument = z
	.strictObject({
		id: webhookId,
		url: z.string(),
		name: z.string(),
		events: z.array(webhookEventType),
		enabled: z.boolean(),
		/** `gone`: it answered 410. `failing`: it accepted nothing for three days. */
		disabledBecause: z.enum(["gone", "failing", "owner"]).nullable(),
		disabledAt: timestamp.nullable(),
		/** Since when nothing was accepted. */
		failingSince: timestamp.nullable(),
		/** Until then the secret before the present one signs as well. */
		previousSecretUntil: timestamp.nullable(),
		createdAt: timestamp,
	})
	.meta({ id: "Webhook" });
export type WebhookDocument = z.infer<typeof webhookDocument>;

/** What an event has come to at a webhook. */
export const deliveryState = z.enum(["pending", "delivered", "failed"]);

export const deliveryDocument = z
	.strictObject({
		/** The `webhook-id` that it carries. */
		eventId: webhookEventId,
		type: webhookEventType,
		conversionId,
		state: deliveryState,
		/** Tries so far, since the event or since you asked for a replay. */
		tries: z.int().nonnegative(),
		/** When it is tried again. */
		nextTryAt: timestamp.nullable(),
		createdAt: timestamp,
	})
	.meta({ id: "WebhookDelivery" });
export type DeliveryDocument = z.infer<typeof deliveryDocument>;

/** One try, as the log has it. */
export const deliveryTry = z.strictObject({
	startedAt: timestamp,
	latencyMs: z.int().nonnegative(),
	/** Of HTTP. Null: there was no answer. */
	status: z.int().nullable(),
	/** Why there was none, or why it was not taken. */
	failure: z.enum(["address_refused", "redirected", "timed_out", "unreachable"]).nullable(),
	/** The beginning of what was answered, 1 KB at most. */
	answer: z.string().nullable(),
});

export const deliveryWithLog = deliveryDocument
	.extend({ log: z.array(deliveryTry).describe("The newest twenty tries, oldest first.") })
	.meta({ id: "WebhookDeliveryWithLog" });
export type DeliveryWithLog = z.infer<typeof deliveryWithLog>;
