import type { Db } from "#db/connect.ts";
import { type AccessToken, issueAccessToken, type TokenIssuer } from "./access-token.ts";
import { type Credentials, checkCredentials } from "./check-credentials.ts";

export type LoginResult = ({ ok: true } & AccessToken) | { ok: false; code: "invalid_credentials" };

/** Checks a password and issues an access token. */
export async function login(
	db: Db,
	issuer: TokenIssuer,
	credentials: Credentials,
	now: Date,
): Promise<LoginResult> {
	const user = await checkCredentials(db, credentials);
	if (user === null) return { ok: false, code: "invalid_credentials" };
	return { ok: true, ...(await issueAccessToken(issuer, user, now)) };
}
