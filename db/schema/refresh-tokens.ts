import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SessionId } from "#contracts/ids.ts";
import { sessions } from "./sessions.ts";

/**
 * One row a refresh token that was handed out, used ones too: who shows a used one has stolen it, or
 * was stolen from. Owned by auth.
 */
export const refreshTokens = sqliteTable(
	"refresh_tokens",
	{
		/** SHA-256 of the token, in hex. */
		tokenHash: text("token_hash").primaryKey(),
		sessionId: text("session_id")
			.$type<SessionId>()
			.notNull()
			.references(() => sessions.id, { onDelete: "cascade" }),
		createdAtMs: integer("created_at_ms").notNull(),
		/** When it was exchanged for the next one. Null: it is the session's current one. */
		usedAtMs: integer("used_at_ms"),
	},
	(table) => [index("refresh_tokens_by_session").on(table.sessionId)],
);
