import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { insertEmailToken } from "#db/queries/email-tokens.ts";
import type { MailSender } from "./account-mail.ts";
import { checkPassword, type PasswordCheck } from "./check-password.ts";
import { LINK_LIFETIME_MS, MAX_LIVE_LINKS } from "./limits.ts";
import { hashSecretToken, newSecretToken } from "./secret-token.ts";

export type RequestEmailChangeResult = { ok: true } | Extract<PasswordCheck, { ok: false }>;

/**
 * Has a link mailed to the address that an account is to move to. Who has that address is looked up
 * when the mail is sent (issue-email-token.ts), so the answer cannot tell.
 *
 * The token is opened here, with a hash that no token has yet: a new password drops it with all
 * others, so that nobody moves an account by a message that was still on its way.
 */
export async function requestEmailChange(
	db: Db,
	mail: MailSender,
	{ userId, username: email, password }: { userId: UserId; username: string; password: string },
	nowMs: number,
): Promise<RequestEmailChangeResult> {
	const checked = await checkPassword(db, userId, password);
	if (!checked.ok) return checked;
	if (checked.user.email === email) return { ok: true };
	const opened = await insertEmailToken(
		db,
		{ userId, purpose: "change_email" },
		{ tokenHash: hashSecretToken(newSecretToken()), email, most: MAX_LIVE_LINKS },
		{ nowMs, expiresAtMs: nowMs + LINK_LIFETIME_MS.change_email },
	);
	if (opened !== null) await mail({ kind: "change_email", userId, email });
	return { ok: true };
}
