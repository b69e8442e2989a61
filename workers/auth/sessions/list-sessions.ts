import type { SessionId, UserId } from "#contracts/ids.ts";
import type { SessionDocument } from "#contracts/session.ts";
import type { Db } from "#db/connect.ts";
import { findSessions } from "#db/queries/sessions.ts";

/** @param current the session that asks, if it is one. */
export async function listSessions(
	db: Db,
	userId: UserId,
	current: SessionId | undefined,
	nowMs: number,
): Promise<SessionDocument[]> {
	const rows = await findSessions(db, userId, nowMs);
	return rows.map(({ id, userAgent, createdAtMs, lastUsedAtMs, expiresAtMs }) => ({
		id,
		userAgent,
		createdAt: new Date(createdAtMs).toISOString(),
		lastUsedAt: new Date(lastUsedAtMs).toISOString(),
		expiresAt: new Date(expiresAtMs).toISOString(),
		isCurrent: id === current,
	}));
}
