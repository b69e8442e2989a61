import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";

/** How often a user's conversions have changed. Triggers count. */
export const conversionChanges = sqliteTable("conversion_changes", {
	userId: text("user_id").$type<UserId>().primaryKey(),
	count: integer("count").notNull(),
});
