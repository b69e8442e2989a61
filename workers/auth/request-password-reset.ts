import type { Db } from "#db/connect.ts";
import { newUserId } from "#db/new-id.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import type { MailSender } from "./account-mail.ts";

/**
 * Has a link to a new password mailed to an address, if it has an account. If not, the same is done
 * for nobody, so that neither the answer nor its time tells.
 */
export async function requestPasswordReset(
	db: Db,
	mail: MailSender,
	email: string,
	nowMs: number,
): Promise<void> {
	const user = await findUserByEmail(db, email);
	await mail({ kind: "reset", userId: user?.id ?? newUserId(nowMs) });
}
