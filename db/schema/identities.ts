import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";
import { users } from "./users.ts";

/** Accounts elsewhere that a user signs in with. Owned by auth. */
export const identities = sqliteTable(
	"identities",
	{
		/** The provider's id in the configuration. */
		provider: text("provider").notNull(),
		/** The user's id there (`sub`), which never changes, as addresses do. */
		subject: text("subject").notNull(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		createdAtMs: integer("created_at_ms").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.provider, table.subject] }),
		index("identities_by_user").on(table.userId),
	],
);
