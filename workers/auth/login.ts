import type { Db } from "#db/connect.ts";
import { rehashPassword } from "#db/queries/passwords.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import { type AccessToken, issueAccessToken, type TokenIssuer } from "./access-token.ts";
import { hashPassword, isOutdatedHash, UNKNOWN_USER_HASH, verifyPassword } from "./password.ts";

export type LoginResult = ({ ok: true } & AccessToken) | { ok: false; code: "invalid_credentials" };

/**
 * Checks a password and issues an access token. An unknown address costs the same hash as a wrong
 * password, so neither the answer nor its time tells which addresses have an account.
 */
export async function login(
	db: Db,
	issuer: TokenIssuer,
	{ email, password }: { email: string; password: string },
	now: Date,
): Promise<LoginResult> {
	const user = await findUserByEmail(db, email.trim().toLowerCase());
	const matches = await verifyPassword(password, user?.passwordHash ?? UNKNOWN_USER_HASH);
	if (user === null || !matches) return { ok: false, code: "invalid_credentials" };
	// Only now is the password at hand.
	if (isOutdatedHash(user.passwordHash)) {
		await rehashPassword(db, user, await hashPassword(password));
	}
	return { ok: true, ...(await issueAccessToken(issuer, user, now)) };
}
