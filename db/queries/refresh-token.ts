import { and, eq, exists, gt, inArray, isNull, lte, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { SessionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { refreshTokens } from "../schema/refresh-tokens.ts";
import { sessions } from "../schema/sessions.ts";
import { type User, users } from "../schema/users.ts";

/*
 * A refresh token is exchanged for the next one, once.
 */

/**
 * What came of showing a token.
 *
 * - `rotated`: it was the session's current one; the next one is now.
 * - `repeated`: it has been exchanged before, and what it was exchanged for is still the current one.
 * - `reused`: it has been exchanged before, and the session has gone on since.
 * - `ended`: the session has expired, or its user is gone.
 */
export type Exchange =
	| { state: "unknown" }
	| { state: "ended" }
	| { state: "rotated" | "reused"; sessionId: SessionId; user: User }
	| { state: "repeated"; sessionId: SessionId; user: User; usedAtMs: number };

/** Exchanges a token for the next one, and keeps the session alive until `nowMs + keptMs`. */
export async function exchangeToken(
	db: Db,
	tokenHash: string,
	nextHash: string,
	{ nowMs, keptMs }: { nowMs: number; keptMs: number },
): Promise<Exchange> {
	const isShown = eq(refreshTokens.tokenHash, tokenHash);
	const next = db
		.select({ sessionId: refreshTokens.sessionId })
		.from(refreshTokens)
		.where(eq(refreshTokens.tokenHash, nextHash));
	// One transaction: of two requests at once, the second finds the token used. That the next token
	// exists means that the first statement has found all in order.
	const [, , , , [row]] = await db.batch([
		db.insert(refreshTokens).select(
			db
				.select({
					tokenHash: sql<string>`${nextHash}`.as("token_hash"),
					sessionId: refreshTokens.sessionId,
					createdAtMs: sql<number>`${nowMs}`.as("created_at_ms"),
					usedAtMs: sql<null>`null`.as("used_at_ms"),
				})
				.from(refreshTokens)
				.innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
				.innerJoin(users, eq(users.id, sessions.userId))
				.where(
					and(
						isShown,
						isNull(refreshTokens.usedAtMs),
						gt(sessions.expiresAtMs, nowMs),
						isNull(users.deletedAtMs),
					),
				),
		),
		db
			.update(refreshTokens)
			.set({ usedAtMs: nowMs })
			.where(and(isShown, isNull(refreshTokens.usedAtMs), exists(next))),
		db
			.update(sessions)
			.set({ lastUsedAtMs: nowMs, expiresAtMs: nowMs + keptMs })
			.where(inArray(sessions.id, next)),
		// Cookies do not live this long either.
		db
			.delete(refreshTokens)
			.where(
				and(inArray(refreshTokens.sessionId, next), lte(refreshTokens.createdAtMs, nowMs - keptMs)),
			),
		shownToken(db, tokenHash, nextHash),
	]);
	if (row === undefined) return { state: "unknown" };
	const { sessionId, user, usedAtMs, isRotated, isRepeated } = row;
	if (isRotated) return { state: "rotated", sessionId, user };
	if (user.deletedAtMs !== null || row.expiresAtMs <= nowMs) return { state: "ended" };
	if (usedAtMs === null) throw new Error("a token that is good and was not exchanged");
	return isRepeated
		? { state: "repeated", sessionId, user, usedAtMs }
		: { state: "reused", sessionId, user };
}

/** How things stand after the exchange. */
function shownToken(db: Db, tokenHash: string, nextHash: string) {
	const other = alias(refreshTokens, "other");
	const rotated = db.select({ one: sql`1` }).from(other).where(eq(other.tokenHash, nextHash));
	// A token's successor is as old as its use: both are written by one exchange.
	const successor = db
		.select({ one: sql`1` })
		.from(other)
		.where(
			and(
				eq(other.sessionId, refreshTokens.sessionId),
				eq(other.createdAtMs, refreshTokens.usedAtMs),
				isNull(other.usedAtMs),
			),
		);
	return db
		.select({
			sessionId: refreshTokens.sessionId,
			usedAtMs: refreshTokens.usedAtMs,
			expiresAtMs: sessions.expiresAtMs,
			user: users,
			isRotated: sql<number>`${exists(rotated)}`,
			// Looked for among all that the session has had, so only where it matters.
			isRepeated: sql<number>`case when ${exists(rotated)} then 0 else ${exists(successor)} end`,
		})
		.from(refreshTokens)
		.innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
		.innerJoin(users, eq(users.id, sessions.userId))
		.where(eq(refreshTokens.tokenHash, tokenHash));
}
