import { isNotNull } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";

/** What stands in place of a hash where there is no password: no password matches it. */
export const NO_PASSWORD = "!";

/** Owned by auth. */
export const users = sqliteTable(
	"users",
	{
		id: text("id").$type<UserId>().primaryKey(),
		/** Lower-cased; the name to log in with and the address that mail goes to. */
		email: text("email").notNull().unique(),
		name: text("name").notNull(),
		/** PHC string: `$scrypt$ln=14,r=8,p=5$salt$hash`; or NO_PASSWORD. */
		passwordHash: text("password_hash").notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
		/** When its owner showed that the address is theirs. Null: not yet, and nothing is uploaded. */
		emailVerifiedAtMs: integer("email_verified_at_ms"),
		/** When a mail came back as undeliverable. Null: none has since the address was confirmed. */
		emailUndeliverableAtMs: integer("email_undeliverable_at_ms"),
		/** What the mail server said then. */
		emailUndeliverableBecause: text("email_undeliverable_because"),
		/** The account is being deleted: nobody can log in, and the watchdog finishes it. */
		deletedAtMs: integer("deleted_at_ms"),
	},
	(table) => [index("users_by_deletion").on(table.deletedAtMs).where(isNotNull(table.deletedAtMs))],
);

export type User = typeof users.$inferSelect;
export type NewUser = typeof users.$inferInsert;
