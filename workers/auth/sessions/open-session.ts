import type { SessionId } from "#contracts/ids.ts";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";
import type { Db } from "#db/connect.ts";
import { newSessionId } from "#db/new-id.ts";
import { insertSession } from "#db/queries/sessions.ts";
import type { User } from "#db/schema/users.ts";
import { MAX_SESSIONS, MAX_USER_AGENT_CHARACTERS } from "../limits.ts";
import { hashSecretToken, newSecretToken } from "../secret-token.ts";

export interface OpenedSession {
	sessionId: SessionId;
	/** For the cookie: with it the browser gets its access tokens. */
	refreshToken: string;
}

/** Begins a session of a user who has just shown who they are. */
export async function openSession(
	db: Db,
	user: Pick<User, "id">,
	userAgent: string,
	now: Date,
): Promise<OpenedSession> {
	const nowMs = now.getTime();
	const sessionId = newSessionId(nowMs);
	const refreshToken = newSecretToken();
	const session = {
		id: sessionId,
		userId: user.id,
		userAgent: userAgent.slice(0, MAX_USER_AGENT_CHARACTERS),
		createdAtMs: nowMs,
		lastUsedAtMs: nowMs,
		expiresAtMs: nowMs + SESSION_KEPT_MS,
	};
	await insertSession(db, session, hashSecretToken(refreshToken), MAX_SESSIONS);
	return { sessionId, refreshToken };
}
