import { eq } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { mailThreads } from "../schema/mail-threads.ts";

/** The mail that a conversion came in. */
export type MailThread = Pick<
	typeof mailThreads.$inferSelect,
	"messageId" | "references" | "subject"
>;

/** Null: it did not come by mail. */
export async function findMailThread(db: Db, id: ConversionId): Promise<MailThread | null> {
	const { messageId, references, subject } = mailThreads;
	const row = await db
		.select({ messageId, references, subject })
		.from(mailThreads)
		.where(eq(mailThreads.conversionId, id))
		.get();
	return row ?? null;
}
