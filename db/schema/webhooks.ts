import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId, WebhookId } from "#contracts/ids.ts";
import type { WebhookEventType } from "#contracts/webhook-event.ts";
import { users } from "./users.ts";

/** Why nothing is sent to a webhook: it answered 410, or it failed for days, or its owner says so. */
export type WebhookDisabled = "gone" | "failing" | "owner";

/**
 * Where a user wants to be told of what becomes of conversions. No secret is stored: they are
 * derived from the id and a count (signing/webhook-secret.ts), so a copy of this table signs nothing.
 */
export const webhooks = sqliteTable(
	"webhooks",
	{
		id: text("id").$type<WebhookId>().primaryKey(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		url: text("url").notNull(),
		/** Its owner's word for it. */
		name: text("name").notNull(),
		events: text("events", { mode: "json" }).$type<WebhookEventType[]>().notNull(),
		/** How often the secret has been rotated. */
		secretGeneration: integer("secret_generation").notNull().default(0),
		/** Until when the secret before it signs as well. */
		previousSecretUntilMs: integer("previous_secret_until_ms").notNull().default(0),
		createdAtMs: integer("created_at_ms").notNull(),
		/** The first failure since the last success. Null: the last delivery went well. */
		failingSinceMs: integer("failing_since_ms"),
		disabledAtMs: integer("disabled_at_ms"),
		disabledBecause: text("disabled_because").$type<WebhookDisabled>(),
	},
	(table) => [index("webhooks_by_user").on(table.userId, table.id)],
);

export type Webhook = typeof webhooks.$inferSelect;
