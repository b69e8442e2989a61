import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { replacePassword } from "#db/queries/passwords.ts";
import { type MailSender, tell } from "./account-mail.ts";
import { checkPassword, type PasswordCheck } from "./check-password.ts";
import { isCommonPassword } from "./common-password.ts";
import { hashPassword } from "./password.ts";

export type ChangePasswordResult =
	| { ok: true }
	| Extract<PasswordCheck, { ok: false }>
	| { ok: false; code: "password_too_common" };

/** A new password for the current one. All sessions end. */
export async function changePassword(
	db: Db,
	mail: MailSender,
	change: { userId: UserId; currentPassword: string; newPassword: string },
): Promise<ChangePasswordResult> {
	if (isCommonPassword(change.newPassword)) return { ok: false, code: "password_too_common" };
	const checked = await checkPassword(db, change.userId, change.currentPassword);
	if (!checked.ok) return checked;
	const isReplaced = await replacePassword(
		db,
		checked.user,
		await hashPassword(change.newPassword),
	);
	// It was the current one when it was sent.
	if (!isReplaced) return { ok: false, code: "wrong_password" };
	await tell(mail, { kind: "password_changed", userId: change.userId });
	return { ok: true };
}
