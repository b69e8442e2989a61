import { asc, eq, lte } from "drizzle-orm";
import type { Db } from "../connect.ts";
import { type DeadLetter, deadLetters } from "../schema/dead-letters.ts";

/*
 * Messages that nobody could handle.
 */

/** Keeps a letter. One that is kept already stays as it is. */
export async function keepDeadLetter(
	db: Db,
	letter: Omit<DeadLetter, "requeuedAtMs">,
): Promise<void> {
	await db.insert(deadLetters).values(letter).onConflictDoNothing();
}

/** Forgets letters that were kept before a time. */
export async function forgetDeadLetters(db: Db, beforeMs: number): Promise<void> {
	await db.delete(deadLetters).where(lte(deadLetters.receivedAtMs, beforeMs));
}

/** All letters, the oldest first. */
export async function listDeadLetters(db: Db): Promise<DeadLetter[]> {
	return db.select().from(deadLetters).orderBy(asc(deadLetters.receivedAtMs), asc(deadLetters.id));
}

export async function findDeadLetter(db: Db, id: string): Promise<DeadLetter | null> {
	const [letter] = await db.select().from(deadLetters).where(eq(deadLetters.id, id));
	return letter ?? null;
}

/** Notes that a letter was sent to its queue again. */
export async function noteRequeued(db: Db, id: string, nowMs: number): Promise<void> {
	await db.update(deadLetters).set({ requeuedAtMs: nowMs }).where(eq(deadLetters.id, id));
}
