import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { UserId } from "#contracts/ids.ts";
import { users } from "./users.ts";

/** What one user may do, where it differs from the gateway's settings. Null: as they say. */
export const userLimits = sqliteTable("user_limits", {
	userId: text("user_id")
		.$type<UserId>()
		.primaryKey()
		.references(() => users.id, { onDelete: "cascade" }),
	maxVideoBytes: integer("max_video_bytes"),
	maxVideoSeconds: integer("max_video_seconds"),
	maxStoredBytes: integer("max_stored_bytes"),
	maxInFlight: integer("max_in_flight"),
});
