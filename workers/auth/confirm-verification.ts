import type { AccountDocument } from "#contracts/account.ts";
import type { Db } from "#db/connect.ts";
import { verifyEmail } from "#db/queries/email-confirmations.ts";
import { accountDocument } from "./account-document.ts";
import { hashSecretToken } from "./secret-token.ts";

/** `invalid_link`: used, expired, unknown or for something else; nobody is told which. */
export type ConfirmResult =
	| { ok: true; account: AccountDocument }
	| { ok: false; code: "invalid_link" };

/** The person who has this token has read mail to the user's address. */
export async function confirmVerification(
	db: Db,
	token: string,
	nowMs: number,
): Promise<ConfirmResult> {
	const user = await verifyEmail(db, { tokenHash: hashSecretToken(token), nowMs });
	return user === null
		? { ok: false, code: "invalid_link" }
		: { ok: true, account: await accountDocument(db, user) };
}
