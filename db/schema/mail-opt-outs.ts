import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";
import type { MailPreference } from "#contracts/mail-preference.ts";
import { users } from "./users.ts";

/** Which mail a user does not want. No row: it is sent. */
export const mailOptOuts = sqliteTable(
	"mail_opt_outs",
	{
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		kind: text("kind").$type<MailPreference>().notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
	},
	(table) => [primaryKey({ columns: [table.userId, table.kind] })],
);
