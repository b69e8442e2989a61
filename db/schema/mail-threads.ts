import { sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { conversions } from "./conversions.ts";

/** The mail that a conversion came in, so that the answer is a reply to it. */
export const mailThreads = sqliteTable(
	"mail_threads",
	{
		conversionId: text("conversion_id")
			.$type<ConversionId>()
			.primaryKey()
			.references(() => conversions.id, { onDelete: "cascade" }),
		userId: text("user_id").$type<UserId>().notNull(),
		/** Its Message-ID, with the brackets. One mail makes one conversion, however often it comes. */
		messageId: text("message_id").notNull(),
		/** Its own References, oldest first. */
		references: text("references", { mode: "json" }).$type<string[]>().notNull(),
		subject: text("subject").notNull(),
	},
	(table) => [uniqueIndex("mail_threads_by_message").on(table.userId, table.messageId)],
);
