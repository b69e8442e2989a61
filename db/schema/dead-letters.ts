import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Messages that nobody could handle, kept so that people can look into them and send them again. */
export const deadLetters = sqliteTable(
	"dead_letters",
	{
		/** The queue's id of the message: one that is delivered twice is kept once. */
		id: text("id").primaryKey(),
		/** Where it failed. */
		queue: text("queue").$type<"video" | "mp3">().notNull(),
		/** As it was, in JSON. What capabilities it had in it have been taken out. */
		body: text("body", { mode: "json" }).$type<unknown>().notNull(),
		receivedAtMs: integer("received_at_ms").notNull(),
		/** When it was last sent to its queue again. */
		requeuedAtMs: integer("requeued_at_ms"),
	},
	(table) => [index("dead_letters_by_time").on(table.receivedAtMs)],
);

export type DeadLetter = typeof deadLetters.$inferSelect;
