import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { findUser } from "#db/queries/users.ts";
import type { User } from "#db/schema/users.ts";
import { hasPassword, verifyPassword } from "./password.ts";

/** `invalid_token`: the token that speaks for the user has outlived the account. */
export type PasswordCheck =
	| { ok: true; user: User }
	| { ok: false; code: "invalid_token" | "password_not_set" | "wrong_password" };

/** Checks the password of somebody who is logged in, before something that a thief would do. */
export async function checkPassword(
	db: Db,
	userId: UserId,
	password: string,
): Promise<PasswordCheck> {
	const user = await findUser(db, userId);
	if (user === null) return { ok: false, code: "invalid_token" };
	if (!hasPassword(user)) return { ok: false, code: "password_not_set" };
	if (!(await verifyPassword(password, user.passwordHash))) {
		return { ok: false, code: "wrong_password" };
	}
	return { ok: true, user };
}
