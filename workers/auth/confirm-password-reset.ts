import type { Db } from "#db/connect.ts";
import { isGoodResetLink, resetPassword } from "#db/queries/email-confirmations.ts";
import { accountDocument } from "./account-document.ts";
import { type MailSender, tell } from "./account-mail.ts";
import { isCommonPassword } from "./common-password.ts";
import type { ConfirmResult } from "./confirm-verification.ts";
import { hashPassword } from "./password.ts";
import { hashSecretToken } from "./secret-token.ts";

export type ConfirmPasswordResetResult = ConfirmResult | { ok: false; code: "password_too_common" };

/**
 * A new password for whoever has read mail to the user's address. A password that is refused does not
 * use the link up.
 */
export async function confirmPasswordReset(
	db: Db,
	mail: MailSender,
	{ token, password }: { token: string; password: string },
	nowMs: number,
): Promise<ConfirmPasswordResetResult> {
	const link = { tokenHash: hashSecretToken(token), nowMs };
	// Nobody is to burn CPU here by guessing.
	if (!(await isGoodResetLink(db, link))) return { ok: false, code: "invalid_link" };
	if (isCommonPassword(password)) return { ok: false, code: "password_too_common" };
	const user = await resetPassword(db, link, await hashPassword(password));
	if (user === null) return { ok: false, code: "invalid_link" };
	await tell(mail, { kind: "password_changed", userId: user.id });
	return { ok: true, account: await accountDocument(db, user) };
}
