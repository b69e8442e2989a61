import type { Db } from "../connect.ts";
import { refreshTokens } from "../schema/refresh-tokens.ts";
import { type Session, sessions } from "../schema/sessions.ts";

/** Adds a session with its first refresh token. */
export async function insertSession(db: Db, session: Session, tokenHash: string): Promise<void> {
	const { id: sessionId, createdAtMs } = session;
	await db.batch([
		db.insert(sessions).values(session),
		db.insert(refreshTokens).values({ tokenHash, sessionId, createdAtMs, usedAtMs: null }),
	]);
}
