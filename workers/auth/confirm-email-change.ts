import type { Db } from "#db/connect.ts";
import { changeEmail } from "#db/queries/email-confirmations.ts";
import { accountDocument } from "./account-document.ts";
import { type MailSender, tell } from "./account-mail.ts";
import type { ConfirmResult } from "./confirm-verification.ts";
import { hashSecretToken } from "./secret-token.ts";

/** Moves an account to the address that its token was mailed to, and says so at the old one. */
export async function confirmEmailChange(
	db: Db,
	mail: MailSender,
	token: string,
	nowMs: number,
): Promise<ConfirmResult> {
	const moved = await changeEmail(db, { tokenHash: hashSecretToken(token), nowMs });
	if (moved === null) return { ok: false, code: "invalid_link" };
	await tell(mail, { kind: "email_changed", userId: moved.user.id, email: moved.oldEmail });
	return { ok: true, account: await accountDocument(db, moved.user) };
}
