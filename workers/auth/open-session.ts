import { createHash, randomBytes } from "node:crypto";
import type { Db } from "#db/connect.ts";
import { newSessionId } from "#db/new-id.ts";
import { insertSession } from "#db/queries/sessions.ts";
import type { User } from "#db/schema/users.ts";

/** How long a browser that does not come back stays logged in. */
const SESSION_MS = 30 * 24 * 60 * 60 * 1000;

/** 256 bits: nobody guesses one. */
const TOKEN_BYTES = 32;

/** Enough to recognise a browser by. */
const MAX_USER_AGENT_CHARACTERS = 200;

export interface OpenedSession {
	refreshToken: string;
	expiresAtMs: number;
}

/** Logs a browser in. Only the token's hash is kept. */
export async function openSession(
	db: Db,
	user: Pick<User, "id">,
	userAgent: string,
	nowMs: number,
): Promise<OpenedSession> {
	const refreshToken = randomBytes(TOKEN_BYTES).toString("base64url");
	const expiresAtMs = nowMs + SESSION_MS;
	await insertSession(
		db,
		{
			id: newSessionId(nowMs),
			userId: user.id,
			userAgent: userAgent.slice(0, MAX_USER_AGENT_CHARACTERS),
			createdAtMs: nowMs,
			lastUsedAtMs: nowMs,
			expiresAtMs,
		},
		createHash("sha256").update(refreshToken).digest("hex"),
	);
	return { refreshToken, expiresAtMs };
}
