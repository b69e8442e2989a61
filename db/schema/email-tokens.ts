import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";
import { users } from "./users.ts";

export type EmailTokenPurpose = "verify" | "reset" | "change_email";

/**
 * One row a link that was mailed: who has its token has read mail to that address. Good once, until
 * it expires. Owned by auth.
 */
export const emailTokens = sqliteTable(
	"email_tokens",
	{
		/** SHA-256 of the token, in hex; the token itself is in the mail alone. */
		tokenHash: text("token_hash").primaryKey(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		purpose: text("purpose").$type<EmailTokenPurpose>().notNull(),
		/** The address that it was mailed to. */
		email: text("email").notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
		expiresAtMs: integer("expires_at_ms").notNull(),
	},
	(table) => [
		index("email_tokens_by_user").on(table.userId, table.purpose),
		index("email_tokens_by_expiry").on(table.expiresAtMs),
	],
);
