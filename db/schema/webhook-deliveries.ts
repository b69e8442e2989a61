import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ConversionId, WebhookId } from "#contracts/ids.ts";
import type { WebhookEventType } from "#contracts/webhook-event.ts";
import { conversions, type ShownConversion } from "./conversions.ts";
import { webhooks } from "./webhooks.ts";

/** `pending`: it will be tried, or tried again. `failed`: it was tried for a day. */
export type DeliveryState = "pending" | "delivered" | "failed";

/**
 * One row an event and a webhook that is to hear of it. A trigger writes it in the transaction of the
 * event itself (migrations/0007_webhook_events.sql), so no event is lost and none is told twice.
 */
export const webhookDeliveries = sqliteTable(
	"webhook_deliveries",
	{
		webhookId: text("webhook_id")
			.$type<WebhookId>()
			.notNull()
			.references(() => webhooks.id, { onDelete: "cascade" }),
		eventId: text("event_id").notNull(),
		type: text("type").$type<WebhookEventType>().notNull(),
		conversionId: text("conversion_id")
			.$type<ConversionId>()
			.notNull()
			.references(() => conversions.id, { onDelete: "cascade" }),
		/** The conversion as it was then: every delivery of the event tells the same. */
		conversion: text("conversion", { mode: "json" }).$type<ShownConversion>().notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
		/** When it was first due: at the event, or when a replay was asked for. It is tried for a day. */
		begunAtMs: integer("begun_at_ms").notNull(),
		state: text("state").$type<DeliveryState>().notNull().default("pending"),
		/** Tries since then. */
		tries: integer("tries").notNull().default(0),
		/** When the next try is due. */
		dueAtMs: integer("due_at_ms").notNull(),
		/** Until then somebody is trying. */
		leasedUntilMs: integer("leased_until_ms").notNull().default(0),
		/** When its message was last handed to the queue: a lost one is sent again later. */
		queuedAtMs: integer("queued_at_ms").notNull().default(0),
	},
	(table) => [
		primaryKey({ columns: [table.webhookId, table.eventId] }),
		// The log of a webhook, newest first.
		index("webhook_deliveries_by_webhook").on(table.webhookId, table.createdAtMs, table.eventId),
		index("webhook_deliveries_by_conversion").on(table.conversionId),
		index("webhook_deliveries_by_time").on(table.createdAtMs),
		// Few, whatever the size of the table.
		index("webhook_deliveries_due").on(table.dueAtMs).where(sql`state = 'pending'`),
	],
);

export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;
