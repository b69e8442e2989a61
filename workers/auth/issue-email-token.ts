import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { insertEmailToken, renewEmailToken } from "#db/queries/email-tokens.ts";
import { findUser, findUserByEmail } from "#db/queries/users.ts";
import type { MailSender } from "./account-mail.ts";
import { LINK_LIFETIME_MS, MAX_LIVE_LINKS } from "./limits.ts";
import { hashSecretToken, newSecretToken } from "./secret-token.ts";

/** Which link is about to be mailed, and to whom. */
export type EmailTokenRequest =
	| { purpose: "verify" | "reset"; userId: UserId }
	/** To the address that the account is to move to. */
	| { purpose: "change_email"; userId: UserId; email: string };

/** The secret of a link, for the mail that is being sent and nothing else. */
export interface EmailToken {
	token: string;
	expiresAtMs: number;
	/** Where the mail goes. */
	email: string;
	/** Null: nobody has shown that the address is theirs, so the name may be anybody's words. */
	name: string | null;
}

/**
 * Makes the token of a link at the moment in which it is mailed. Null: there is no need for it any
 * more, or the user has enough of them.
 */
export async function issueEmailToken(
	db: Db,
	mail: MailSender,
	request: EmailTokenRequest,
	nowMs: number,
): Promise<EmailToken | null> {
	const user = await findUser(db, request.userId);
	if (user === null) return null;
	const token = newSecretToken();
	const tokenHash = hashSecretToken(token);
	const expiresAtMs = nowMs + LINK_LIFETIME_MS[request.purpose];
	const times = { nowMs, expiresAtMs };
	if (request.purpose === "change_email") {
		const { email } = request;
		const owner = await findUserByEmail(db, email);
		if (owner !== null && owner.emailVerifiedAtMs !== null) {
			await mail({ kind: "address_in_use", userId: owner.id });
			return null;
		}
		const isRenewed = await renewEmailToken(db, request, { tokenHash, email }, times);
		return isRenewed ? { token, expiresAtMs, email, name: null } : null;
	}
	const email = await insertEmailToken(db, request, { tokenHash, most: MAX_LIVE_LINKS }, times);
	if (email === null) return null;
	const name = user.emailVerifiedAtMs === null ? null : user.name;
	return { token, expiresAtMs, email, name };
}
