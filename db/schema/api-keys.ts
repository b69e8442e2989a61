import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ApiKeyId, UserId } from "#contracts/ids.ts";
import type { Scope } from "#contracts/scope.ts";
import { users } from "./users.ts";

/** Keys that scripts use in place of a login. Owned by auth. */
export const apiKeys = sqliteTable(
	"api_keys",
	{
		id: text("id").$type<ApiKeyId>().primaryKey(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		/** SHA-256 of the key, in hex; the key itself was shown once. */
		keyHash: text("key_hash").notNull().unique(),
		/** Its owner's word for it. */
		name: text("name").notNull(),
		/** Its first characters, by which its owner recognises it. */
		hint: text("hint").notNull(),
		scopes: text("scopes", { mode: "json" }).$type<Scope[]>().notNull(),
		createdAtMs: integer("created_at_ms").notNull(),
		/** To within a minute. */
		lastUsedAtMs: integer("last_used_at_ms"),
		/** Null: never. */
		expiresAtMs: integer("expires_at_ms"),
	},
	(table) => [index("api_keys_by_user").on(table.userId, table.id)],
);

export type ApiKey = typeof apiKeys.$inferSelect;
