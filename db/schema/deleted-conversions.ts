import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ConversionId, UserId } from "#contracts/ids.ts";

/**
 * Conversions that are gone: what event streams tell of them, and what is still to be removed from
 * R2 in case somebody was about to write there. A trigger writes the rows; the watchdog clears them.
 */
export const deletedConversions = sqliteTable(
	"deleted_conversions",
	{
		id: text("id").$type<ConversionId>().primaryKey(),
		/** Empty: the account is gone, too, and nobody is told. */
		userId: text("user_id").$type<UserId | "">().notNull(),
		/** Counted as `conversions.change` is. */
		change: integer("change").notNull(),
		deletedAtMs: integer("deleted_at_ms").notNull(),
	},
	(table) => [
		index("deleted_conversions_by_change").on(table.userId, table.change),
		index("deleted_conversions_by_age").on(table.deletedAtMs),
	],
);
