import { and, eq } from "drizzle-orm";
import type { ConversionId, UserId } from "#contracts/ids.ts";
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

/** Whether a mail of somebody's has become a conversion. */
export async function hasMailThread(db: Db, userId: UserId, messageId: string): Promise<boolean> {
	const row = await db
		.select({ id: mailThreads.conversionId })
		.from(mailThreads)
		.where(and(eq(mailThreads.userId, userId), eq(mailThreads.messageId, messageId)))
		.get();
	return row !== undefined;
}

/** Notes which mail a conversion came in. A second time, nothing changes. */
export async function insertMailThread(
	db: Db,
	thread: typeof mailThreads.$inferInsert,
): Promise<void> {
	await db.insert(mailThreads).values(thread).onConflictDoNothing();
}
