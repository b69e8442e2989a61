import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { conversions } from "./conversions.ts";

/** Requests that were sent with an Idempotency-Key, and the conversions that came of them. */
export const idempotencyKeys = sqliteTable(
	"idempotency_keys",
	{
		userId: text("user_id").$type<UserId>().notNull(),
		/** The user's own choice. */
		key: text("key").notNull(),
		/** Until when the request that came first may take; then another may try. */
		lockedUntilMs: integer("locked_until_ms").notNull(),
		/** What was asked for, in brief (workers/gateway/uploads/fingerprint.ts). */
		fingerprint: text("fingerprint"),
		/** Null until something has come of it. */
		conversionId: text("conversion_id")
			.$type<ConversionId>()
			.references(() => conversions.id, { onDelete: "cascade" }),
		createdAtMs: integer("created_at_ms").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.userId, table.key] }),
		index("idempotency_keys_by_conversion").on(table.conversionId),
		index("idempotency_keys_by_age").on(table.createdAtMs),
	],
);
