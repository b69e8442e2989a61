import { accountMailMessage } from "#contracts/account-mail-message.ts";
import type { Db } from "#db/connect.ts";
import type { Handled } from "./consume-message.ts";
import { log } from "./log.ts";
import { composeAccountMail } from "./mail/compose-account-mail.ts";
import { sendMail } from "./mail/send-mail.ts";

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
	const composed = await composeAccountMail(env, db, parsed.data, messageId);
	if (composed === null) {
		log("info", "account_mail_not_needed", { kind, userId });
		return "done";
	}
	try {
		await sendMail(env, composed.to, composed.mail);
	} catch (error) {
		// Or the mails that did not leave would use up the few links that a user may have.
		if (composed.token !== null) await env.AUTH.withdrawEmailToken(composed.token);
		throw error;
	}
	log("info", "account_mail_sent", { kind, userId });
	return "done";
}
