import { foreignKey, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { WebhookId } from "#contracts/ids.ts";
import { webhookDeliveries } from "./webhook-deliveries.ts";

/** Why a try failed without an answer. */
export type TryFailure = "address_refused" | "redirected" | "timed_out" | "unreachable";

/** The log of deliveries: one row a try. */
export const webhookTries = sqliteTable(
	"webhook_tries",
	{
		id: integer("id").primaryKey({ autoIncrement: true }),
		webhookId: text("webhook_id").$type<WebhookId>().notNull(),
		eventId: text("event_id").notNull(),
		startedAtMs: integer("started_at_ms").notNull(),
		latencyMs: integer("latency_ms").notNull(),
		/** Of HTTP. Null: there was no answer. */
		status: integer("status"),
		failure: text("failure").$type<TryFailure>(),
		/** The first KB of the answer's body. */
		answer: text("answer"),
	},
	(table) => [
		foreignKey({
			columns: [table.webhookId, table.eventId],
			foreignColumns: [webhookDeliveries.webhookId, webhookDeliveries.eventId],
		}).onDelete("cascade"),
		index("webhook_tries_by_delivery").on(table.webhookId, table.eventId, table.id),
	],
);

export type WebhookTry = typeof webhookTries.$inferSelect;
