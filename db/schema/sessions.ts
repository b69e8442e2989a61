import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SessionId, UserId } from "#contracts/ids.ts";
import { users } from "./users.ts";

/** One row a browser that has logged in: the family of its refresh tokens. Owned by auth. */
export const sessions = sqliteTable(
	"sessions",
	{
		id: text("id").$type<SessionId>().primaryKey(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		/** What the browser calls itself, shortened: so that its owner recognises it in a list. */
		userAgent: text("user_agent").notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
		lastUsedAtMs: integer("last_used_at_ms").notNull(),
		expiresAtMs: integer("expires_at_ms").notNull(),
	},
	(table) => [
		index("sessions_by_user").on(table.userId, table.id),
		index("sessions_by_expiry").on(table.expiresAtMs),
	],
);

export type Session = typeof sessions.$inferSelect;
