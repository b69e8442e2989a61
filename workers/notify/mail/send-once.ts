import type { Db } from "#db/connect.ts";
import {
	leaseMail,
	type MailTurn,
	type OwedMail,
	recordMailSent,
	releaseMail,
} from "#db/queries/mail-lease.ts";
import { findAddress } from "#db/queries/users.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import type { MailKind } from "#db/schema/mails.ts";
import type { Mail } from "./mail.ts";
import { sendMail } from "./send-mail.ts";

/** Longer than sending one mail can take. */
const MAIL_LEASE_MS = 60 * 1000;

/**
 * Sends a conversion's owner a mail that is owed, unless it has been sent or is being sent. Throws
 * what kept it from being sent; then it is still owed.
 */
export async function sendOnce(
	env: NotifyEnv,
	db: Db,
	row: Conversion,
	kind: MailKind,
	compose: (owner: { name: string }) => Promise<Mail>,
): Promise<MailTurn> {
	const owed: OwedMail = { id: row.id, attempt: row.attempt, kind };
	const turn = await leaseMail(db, owed, Date.now(), MAIL_LEASE_MS);
	if (turn !== "send") return turn;
	try {
		const owner = await findAddress(db, row.userId);
		// The account is being deleted, and the conversion with it.
		if (owner === null) return "sent";
		const messageId = await sendMail(env, owner.email, await compose(owner));
		await recordMailSent(db, owed, { messageId, nowMs: Date.now() });
		return "sent";
	} catch (error) {
		await releaseMail(db, owed);
		throw error;
	}
}
