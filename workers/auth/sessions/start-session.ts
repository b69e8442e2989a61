import type { Db } from "#db/connect.ts";
import { type AccessToken, issueAccessToken, type TokenIssuer } from "../access-token.ts";
import { type Credentials, checkCredentials } from "../check-credentials.ts";
import { openSession } from "./open-session.ts";

export type StartedSession =
	| ({ ok: true; refreshToken: string } & AccessToken)
	| { ok: false; code: "invalid_credentials" };

/** Checks a password, begins a session and issues its first access token. */
export async function startSession(
	db: Db,
	issuer: TokenIssuer,
	credentials: Credentials,
	userAgent: string,
	now: Date,
): Promise<StartedSession> {
	const user = await checkCredentials(db, credentials);
	if (user === null) return { ok: false, code: "invalid_credentials" };
	const { sessionId, refreshToken } = await openSession(db, user, userAgent, now);
	return { ok: true, ...(await issueAccessToken(issuer, user, now, sessionId)), refreshToken };
}
