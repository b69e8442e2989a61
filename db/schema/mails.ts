import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ConversionId } from "#contracts/ids.ts";
import { conversions } from "./conversions.ts";

export type MailKind = "outcome" | "expiry";

/**
 * One row a mail that must be sent exactly once, written in the same transaction as the event it
 * tells of. `leasedUntilMs` lets one delivery send while others wait; `sentAtMs` ends the matter.
 */
export const mails = sqliteTable(
	"mails",
	{
		conversionId: text("conversion_id")
			.$type<ConversionId>()
			.notNull()
			.references(() => conversions.id, { onDelete: "cascade" }),
		/** The attempt whose outcome, or whose MP3, the mail tells of. */
		attempt: integer("attempt").notNull(),
		/** `outcome`: how the attempt ended. `expiry`: its MP3 is deleted in a day. */
		kind: text("kind").$type<MailKind>().notNull().default("outcome"),
		leasedUntilMs: integer("leased_until_ms").notNull().default(0),
		sentAtMs: integer("sent_at_ms"),
		/** The Message-ID the mail left with. */
		messageId: text("message_id"),
		/** When it was decided that it is never sent. Then nothing is owed any more, either. */
		givenUpAtMs: integer("given_up_at_ms"),
		/** Why: `unwanted`, `undeliverable`, or what the mail server said. */
		givenUpBecause: text("given_up_because"),
	},
	(table) => [primaryKey({ columns: [table.conversionId, table.attempt, table.kind] })],
);
