import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type MailKind, mails } from "../schema/mails.ts";

/*
 * A mail that is owed is sent once, whoever comes to send it.
 */

/** Which mail: of what kind, about which attempt of which conversion. */
export interface OwedMail {
	id: ConversionId;
	attempt: number;
	kind: MailKind;
}

/** What to do about an owed mail: send it now, wait for whoever is sending it, or nothing. */
export type MailTurn = "send" | "wait" | "sent";

const isUnsent = ({ id, attempt, kind }: OwedMail) =>
	and(
		eq(mails.conversionId, id),
		eq(mails.attempt, attempt),
		eq(mails.kind, kind),
		isNull(mails.sentAtMs),
	);

const isOwed = (mail: OwedMail) => and(isUnsent(mail), isNull(mails.givenUpAtMs));

/** In the text of a statement, because D1's REST API takes no parameter that is null. */
const NOT_GIVEN_UP = { givenUpAtMs: sql`null`, givenUpBecause: sql`null` };

/** Takes the right to send a mail, for as long as the lease runs. */
export async function leaseMail(
	db: Db,
	mail: OwedMail,
	nowMs: number,
	leaseMs: number,
): Promise<MailTurn> {
	const leased = await db
		.update(mails)
		.set({ leasedUntilMs: nowMs + leaseMs })
		.where(and(isOwed(mail), lt(mails.leasedUntilMs, nowMs)))
		.returning({ attempt: mails.attempt });
	if (leased.length > 0) return "send";
	const owed = await db.select().from(mails).where(isOwed(mail));
	return owed.length > 0 ? "wait" : "sent";
}

/** Gives the right back after a failed try, so that the next one need not wait. */
export async function releaseMail(db: Db, mail: OwedMail): Promise<void> {
	await db.update(mails).set({ leasedUntilMs: 0 }).where(isOwed(mail));
}

export async function recordMailSent(
	db: Db,
	mail: OwedMail,
	sent: { messageId: string; nowMs: number },
): Promise<void> {
	await db
		.update(mails)
		.set({ sentAtMs: sent.nowMs, messageId: sent.messageId, ...NOT_GIVEN_UP })
		// Even if somebody has given it up meanwhile.
		.where(isUnsent(mail));
}

/** Decides that an owed mail is never sent: nobody tries again. */
export async function recordMailGivenUp(
	db: Db,
	mail: OwedMail,
	{ nowMs, because }: { nowMs: number; because: string },
): Promise<void> {
	await db.update(mails).set({ givenUpAtMs: nowMs, givenUpBecause: because }).where(isOwed(mail));
}

/** Takes that decision back: a mail that was not sent is owed again. */
export async function oweMailAgain(db: Db, mail: OwedMail): Promise<void> {
	await db.update(mails).set(NOT_GIVEN_UP).where(isUnsent(mail));
}
