import type { Db } from "#db/connect.ts";
import { rehashPassword } from "#db/queries/passwords.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import type { User } from "#db/schema/users.ts";
import { hashPassword, isOutdatedHash, UNKNOWN_USER_HASH, verifyPassword } from "./password.ts";

export interface Credentials {
	email: string;
	password: string;
}

/**
 * The user whose address and password these are, or null. An unknown address, and one whose account
 * is being deleted, costs the same hash as a wrong password, so neither the answer nor its time tells
 * which addresses have an account.
 */
export async function checkCredentials(
	db: Db,
	{ email, password }: Credentials,
): Promise<User | null> {
	const found = await findUserByEmail(db, email.trim().toLowerCase());
	const user = found?.deletedAtMs === null ? found : null;
	const matches = await verifyPassword(password, user?.passwordHash ?? UNKNOWN_USER_HASH);
	if (user === null || !matches) return null;
	// Only now is the password at hand.
	if (isOutdatedHash(user.passwordHash)) {
		await rehashPassword(db, user, await hashPassword(password));
	}
	return user;
}
