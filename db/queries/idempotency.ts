import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { idempotencyKeys } from "../schema/idempotency-keys.ts";
import { users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * What is asked for twice with the same Idempotency-Key counts once.
 */

/** A user's key, and the lock of the request that holds it. */
export interface HeldKey {
	userId: UserId;
	key: string;
	lockedUntilMs: number;
}

/** A key that is held, and what was asked for with it, in brief. */
export interface KeptKey {
	held: HeldKey;
	fingerprint: string;
}

/**
 * `held`: nobody has used the key, or whoever did has died; go on. `busy`: another request with it is
 * under way. `used`: this is what came of it.
 */
export type KeyState =
	| { state: "held"; held: HeldKey }
	| { state: "busy" }
	| { state: "used"; fingerprint: string; conversion: Conversion };

const isKey = (userId: UserId, key: string) =>
	and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key));

const isHeld = ({ userId, key, lockedUntilMs }: HeldKey) =>
	and(isKey(userId, key), eq(idempotencyKeys.lockedUntilMs, lockedUntilMs));

/** Takes the key for one request, unless it is taken. For a user who is gone, it always is. */
export async function takeKey(
	db: Db,
	userId: UserId,
	key: string,
	{ nowMs, lockMs }: { nowMs: number; lockMs: number },
): Promise<KeyState> {
	const lockedUntilMs = nowMs + lockMs;
	const taken = await db
		.insert(idempotencyKeys)
		.select(
			db
				.select({
					userId: users.id,
					key: sql<string>`${key}`.as("key"),
					lockedUntilMs: sql<number>`${lockedUntilMs}`.as("locked_until_ms"),
					fingerprint: sql<string | null>`null`.as("fingerprint"),
					conversionId: sql<ConversionId | null>`null`.as("conversion_id"),
					createdAtMs: sql<number>`${nowMs}`.as("created_at_ms"),
				})
				.from(users)
				.where(isUser(userId)),
		)
		.onConflictDoUpdate({
			target: [idempotencyKeys.userId, idempotencyKeys.key],
			set: { lockedUntilMs, createdAtMs: nowMs },
			setWhere: sql`${idempotencyKeys.conversionId} is null and ${idempotencyKeys.lockedUntilMs} < ${nowMs}`,
		})
		.returning({ key: idempotencyKeys.key });
	if (taken.length > 0) return { state: "held", held: { userId, key, lockedUntilMs } };
	const used = await db
		.select({ fingerprint: idempotencyKeys.fingerprint, conversion: conversions })
		.from(idempotencyKeys)
		.innerJoin(conversions, eq(conversions.id, idempotencyKeys.conversionId))
		.where(isKey(userId, key))
		.get();
	if (used === undefined || used.fingerprint === null) return { state: "busy" };
	return { state: "used", fingerprint: used.fingerprint, conversion: used.conversion };
}

/** Lets go of a key after a request that came to nothing. */
export async function releaseKey(db: Db, held: HeldKey): Promise<void> {
	await db.delete(idempotencyKeys).where(and(isHeld(held), isNull(idempotencyKeys.conversionId)));
}

/**
 * The statement that notes what came of a key: for the transaction in which it comes about.
 *
 * @param isThere what its conversion is like once that has come about.
 */
export const keepKey = (
	db: Db,
	{ held, fingerprint }: KeptKey,
	id: Conversion["id"],
	isThere: SQL | undefined,
) => {
	const conversion = db
		.select({ id: conversions.id })
		.from(conversions)
		.where(and(eq(conversions.id, id), isThere));
	return db
		.update(idempotencyKeys)
		.set({ fingerprint, conversionId: sql`(${conversion})` })
		.where(isHeld(held));
};

/** Forgets keys that were first used before a time. */
export async function forgetKeys(db: Db, usedBeforeMs: number): Promise<void> {
	await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAtMs, usedBeforeMs));
}
