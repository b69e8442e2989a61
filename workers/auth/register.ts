import type { Account, Registration } from "#contracts/account.ts";
import type { Db } from "#db/connect.ts";
import { newUserId } from "#db/new-id.ts";
import { insertUser } from "#db/queries/users.ts";
import type { MailSender } from "./account-mail.ts";
import { isCommonPassword } from "./common-password.ts";
import { hashPassword } from "./password.ts";

export type RegisterResult =
	| { ok: true; account: Account }
	| { ok: false; code: "password_too_common" };

/**
 * Creates an account that has still to show that its address is its owner's. The registration has
 * been validated at the door.
 *
 * An address that has an account is answered in the same way, after the same work, so that nobody
 * learns who has one; its owner is told by mail. As long as nobody has shown that an address is
 * theirs, the account is whoever's registered it last: nothing is in it, and who came first may not
 * have been its owner.
 */
export async function register(
	db: Db,
	mail: MailSender,
	{ name, username, password }: Registration,
	nowMs: number,
): Promise<RegisterResult> {
	if (isCommonPassword(password)) return { ok: false, code: "password_too_common" };
	const { id, isNew } = await insertUser(db, {
		id: newUserId(nowMs),
		email: username,
		name,
		passwordHash: await hashPassword(password),
		createdAtMs: nowMs,
		emailVerifiedAtMs: null,
		deletedAtMs: null,
	});
	await mail({ kind: isNew ? "verify" : "address_in_use", userId: id });
	return { ok: true, account: { name, username } };
}
