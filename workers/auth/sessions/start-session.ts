import type { Db } from "#db/connect.ts";
import type { TokenIssuer } from "../access-token.ts";
import { type Credentials, checkCredentials } from "../check-credentials.ts";
import { type OpenedSession, openSession } from "./open-session.ts";

export type StartedSession =
	| ({ ok: true } & OpenedSession)
	| { ok: false; code: "invalid_credentials" };

/** Checks a password and begins a session. */
export async function startSession(
	db: Db,
	issuer: TokenIssuer,
	credentials: Credentials,
	userAgent: string,
	now: Date,
): Promise<StartedSession> {
	const user = await checkCredentials(db, credentials);
	if (user === null) return { ok: false, code: "invalid_credentials" };
	return { ok: true, ...(await openSession(db, issuer, user, userAgent, now)) };
}
