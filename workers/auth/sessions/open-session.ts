import { createHash, randomBytes } from "node:crypto";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";
import type { Db } from "#db/connect.ts";
import { newSessionId } from "#db/new-id.ts";
import { insertSession } from "#db/queries/sessions.ts";
import type { User } from "#db/schema/users.ts";

/** 256 bits: nobody guesses one. */
const TOKEN_BYTES = 32;

/** Enough to recognise a browser by. */
const MAX_USER_AGENT_CHARACTERS = 200;

export interface OpenedSession {
	/** For the cookie. */
	refreshToken: string;
}

/** Begins a session of a user who has just shown who they are. Only the token's hash is kept. */
export async function openSession(
	db: Db,
	user: Pick<User, "id">,
	userAgent: string,
	now: Date,
): Promise<OpenedSession> {
	const nowMs = now.getTime();
	const refreshToken = randomBytes(TOKEN_BYTES).toString("base64url");
	await insertSession(
		db,
		{
			id: newSessionId(nowMs),
			userId: user.id,
			userAgent: userAgent.slice(0, MAX_USER_AGENT_CHARACTERS),
			createdAtMs: nowMs,
			lastUsedAtMs: nowMs,
			expiresAtMs: nowMs + SESSION_KEPT_MS,
		},
		createHash("sha256").update(refreshToken).digest("hex"),
	);
	return { refreshToken };
}
