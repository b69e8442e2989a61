import { type AccountMailMessage, accountMailMessage } from "#contracts/account-mail-message.ts";
import type { Db } from "#db/connect.ts";
import { isUndeliverable, markUndeliverable } from "#db/queries/undeliverable.ts";
import type { Handled } from "./consume-message.ts";
import { log } from "./log.ts";
import { composeAccountMail } from "./mail/compose-account-mail.ts";
import type { SendResult } from "./mail/mail-transport.ts";
import { MailDelayed, sendMail } from "./mail/send-mail.ts";

/**
 * Sent to an address that mail came back from, too: its owner, who has logged in, has asked to confirm
 * it anew. The others of these go to another address than the account's.
 */
const ALWAYS_SENT: readonly AccountMailMessage["kind"][] = [
	"verify",
	"change_email",
	"email_changed",
];

/** Queue `mail`. What can never be read is dropped: there is nothing in it to be kept. */
export async function consumeMailMessage(
	env: NotifyEnv,
	db: Db,
	{ id: messageId, body }: Message,
): Promise<Handled> {
	const parsed = accountMailMessage.safeParse(body);
	if (!parsed.success) {
		log("error", "message_unreadable", { messageId });
		return "done";
	}
	const { kind, userId } = parsed.data;
	if (!ALWAYS_SENT.includes(kind) && (await isUndeliverable(db, userId))) {
		log("info", "account_mail_undeliverable", { kind, userId });
		return "done";
	}
	const composed = await composeAccountMail(env, db, parsed.data, messageId);
	if (composed === null) {
		log("info", "account_mail_not_needed", { kind, userId });
		return "done";
	}
	// Or the mails that did not leave would use up the few links that a user may have.
	const withdraw = async () => {
		if (composed.token !== null) await env.AUTH.withdrawEmailToken(composed.token);
	};
	let sent: SendResult;
	try {
		sent = await sendMail(env, composed.to, composed.mail);
	} catch (error) {
		await withdraw();
		throw error;
	}
	if (!sent.ok) {
		await withdraw();
		if (!sent.isPermanent) throw new MailDelayed(sent);
		log("warn", "account_mail_refused", { kind, userId, code: sent.code });
		if (sent.isUndeliverable) {
			await markUndeliverable(db, composed.to, { nowMs: Date.now(), because: sent.reason });
		}
		return "done";
	}
	log("info", "account_mail_sent", { kind, userId });
	return "done";
}
