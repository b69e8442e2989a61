import { and, desc, eq, gt, inArray, lte, notInArray } from "drizzle-orm";
import type { SessionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { refreshTokens } from "../schema/refresh-tokens.ts";
import { type Session, sessions } from "../schema/sessions.ts";

/*
 * Sessions as a whole. Who ends one ends its refresh tokens with it: they are deleted by cascade.
 */

/** Begins a session with its first refresh token. Those a user has beyond `limit` end, oldest first. */
export async function insertSession(
	db: Db,
	session: Session,
	tokenHash: string,
	limit: number,
): Promise<void> {
	const { id, userId, createdAtMs } = session;
	const newest = db
		.select({ id: sessions.id })
		.from(sessions)
		.where(eq(sessions.userId, userId))
		.orderBy(desc(sessions.lastUsedAtMs), desc(sessions.id))
		.limit(limit);
	await db.batch([
		db.insert(sessions).values(session),
		db.insert(refreshTokens).values({ tokenHash, sessionId: id, createdAtMs }),
		db.delete(sessions).where(and(eq(sessions.userId, userId), notInArray(sessions.id, newest))),
	]);
}

/** A user's sessions, the one that was used last first. */
export async function findSessions(db: Db, userId: UserId, nowMs: number): Promise<Session[]> {
	return db
		.select()
		.from(sessions)
		.where(and(eq(sessions.userId, userId), gt(sessions.expiresAtMs, nowMs)))
		.orderBy(desc(sessions.lastUsedAtMs), desc(sessions.id));
}

/** Ends one of a user's sessions. False: there is none with this id. */
export async function revokeSession(db: Db, userId: UserId, id: SessionId): Promise<boolean> {
	const revoked = await db
		.delete(sessions)
		.where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
		.returning({ id: sessions.id });
	return revoked.length > 0;
}

/** Ends the session that a refresh token belongs to, whether it is the current one or a used one. */
export async function revokeSessionOf(db: Db, tokenHash: string): Promise<void> {
	const owner = db
		.select({ id: refreshTokens.sessionId })
		.from(refreshTokens)
		.where(eq(refreshTokens.tokenHash, tokenHash));
	await db.delete(sessions).where(inArray(sessions.id, owner));
}

/** Ends all of a user's sessions. Their access tokens work until they expire. */
export async function revokeSessions(db: Db, userId: UserId): Promise<void> {
	await db.delete(sessions).where(eq(sessions.userId, userId));
}

/** Forgets sessions that have ended by themselves. */
export async function forgetSessions(db: Db, nowMs: number): Promise<void> {
	await db.delete(sessions).where(lte(sessions.expiresAtMs, nowMs));
}
