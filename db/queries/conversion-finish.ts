import { and, eq, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { mails } from "../schema/mails.ts";

/*
 * The last step: `converting → done | failed`, with exactly one mail owed for it.
 */

/** Which attempt of which conversion. */
interface Attempt {
	id: ConversionId;
	attempt: number;
}

/**
 * Makes a settled attempt final and, in the same transaction, writes down that its mail is owed.
 * Returns the row when this attempt is the one that finished it, now or at an earlier delivery;
 * null when the attempt was superseded or never settled.
 */
export async function finishConversion(
	db: Db,
	finished: Attempt,
	nowMs: number,
): Promise<Conversion | null> {
	const isThisAttempt = and(
		eq(conversions.id, finished.id),
		eq(conversions.attempt, finished.attempt),
	);
	const isFinal = and(isThisAttempt, inArray(conversions.status, ["done", "failed"]));
	const [, , rows] = await db.batch([
		db
			.update(conversions)
			.set({
				status: sql`iif(${conversions.outcome} ->> '$.type' = 'converted', 'done', 'failed')`,
				phase: null,
				progress: sql`iif(${conversions.outcome} ->> '$.type' = 'converted', 1, ${conversions.progress})`,
				finishedAtMs: nowMs,
			})
			.where(
				and(
					isThisAttempt,
					eq(conversions.status, "converting"),
					isNotNull(conversions.settledAtMs),
				),
			),
		db
			.insert(mails)
			.select(
				db
					.select({
						conversionId: conversions.id,
						attempt: conversions.attempt,
						leasedUntilMs: sql<number>`0`.as("leased_until_ms"),
						sentAtMs: sql<number | null>`null`.as("sent_at_ms"),
						messageId: sql<string | null>`null`.as("message_id"),
					})
					.from(conversions)
					.where(isFinal),
			)
			.onConflictDoNothing(),
		db.select().from(conversions).where(isFinal),
	]);
	return rows[0] ?? null;
}

/** What to do about an owed mail: send it now, wait for whoever is sending it, or nothing. */
export type MailTurn = "send" | "wait" | "sent";

const isOwedFor = ({ id, attempt }: Attempt) =>
	and(eq(mails.conversionId, id), eq(mails.attempt, attempt), isNull(mails.sentAtMs));

/** Takes the right to send the mail of an attempt's outcome, for as long as the lease runs. */
export async function leaseMail(
	db: Db,
	finished: Attempt,
	nowMs: number,
	leaseMs: number,
): Promise<MailTurn> {
	const leased = await db
		.update(mails)
		.set({ leasedUntilMs: nowMs + leaseMs })
		.where(and(isOwedFor(finished), lt(mails.leasedUntilMs, nowMs)))
		.returning({ attempt: mails.attempt });
	if (leased.length > 0) return "send";
	const owed = await db.select().from(mails).where(isOwedFor(finished));
	return owed.length > 0 ? "wait" : "sent";
}

/** Gives the right back after a failed try, so that the next delivery need not wait. */
export async function releaseMail(db: Db, finished: Attempt): Promise<void> {
	await db.update(mails).set({ leasedUntilMs: 0 }).where(isOwedFor(finished));
}

export async function recordMailSent(
	db: Db,
	finished: Attempt,
	sent: { messageId: string; nowMs: number },
): Promise<void> {
	await db
		.update(mails)
		.set({ sentAtMs: sent.nowMs, messageId: sent.messageId })
		.where(isOwedFor(finished));
}
