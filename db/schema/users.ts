import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";

/** Owned by auth. */
export const users = sqliteTable("users", {
	id: text("id").$type<UserId>().primaryKey(),
	/** Lower-cased; the name to log in with and the address that mail goes to. */
	email: text("email").notNull().unique(),
	name: text("name").notNull(),
	/** PHC string: `$scrypt$ln=14,r=8,p=5$salt$hash`. */
	passwordHash: text("password_hash").notNull(),
	createdAtMs: integer("created_at_ms").notNull(),
});

export type User = typeof users.$inferSelect;
