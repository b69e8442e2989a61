import type { MailPreference } from "#contracts/mail-preference.ts";
import type { Db } from "#db/connect.ts";
import {
	leaseMail,
	type MailTurn,
	type OwedMail,
	recordMailGivenUp,
	recordMailSent,
	releaseMail,
} from "#db/queries/mail-lease.ts";
import { findMailRecipient } from "#db/queries/mail-recipient.ts";
import { markUndeliverable } from "#db/queries/undeliverable.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import type { MailKind } from "#db/schema/mails.ts";
import { log } from "../log.ts";
import type { Mail } from "./mail.ts";
import { MailDelayed, sendMail } from "./send-mail.ts";

/** Longer than sending one mail can take. */
const MAIL_LEASE_MS = 60 * 1000;

/**
 * Sends a conversion's owner a mail that is owed, unless it has been sent or is being sent. It is never
 * sent to who does not want it, or to an address that mail came back from; and what was refused for
 * good is not tried again. Throws what kept it from being sent now; then it is still owed.
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
	const giveUp = async (because: string): Promise<"sent"> => {
		await recordMailGivenUp(db, owed, { nowMs: Date.now(), because });
		return "sent";
	};
	try {
		const owner = await findMailRecipient(db, row.userId, preferenceOf(kind, row));
		// The account is being deleted, and the conversion with it.
		if (owner === null) return "sent";
		if (owner.emailUndeliverableAtMs !== null) return await giveUp("undeliverable");
		if (owner.isUnwanted) return await giveUp("unwanted");
		const sent = await sendMail(env, owner.email, await compose(owner));
		if (sent.ok) {
			const { messageId } = sent;
			await recordMailSent(db, owed, { messageId, nowMs: Date.now() });
			return "sent";
		}
		if (!sent.isPermanent) throw new MailDelayed(sent);
		const { code, reason } = sent;
		log("warn", "mail_refused", { conversionId: row.id, attempt: row.attempt, kind, code });
		const nowMs = Date.now();
		if (sent.isUndeliverable) await markUndeliverable(db, owner.email, { nowMs, because: reason });
		return await giveUp(reason);
	} catch (error) {
		await releaseMail(db, owed);
		throw error;
	}
}

/** What its owner would have to turn off for this mail not to be sent. */
function preferenceOf(kind: MailKind, { status }: Pick<Conversion, "status">): MailPreference {
	if (kind === "expiry") return "expiring";
	return status === "failed" ? "failed" : "finished";
}
