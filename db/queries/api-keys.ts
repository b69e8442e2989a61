import { and, count, desc, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { ApiKeyId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type ApiKey, apiKeys } from "../schema/api-keys.ts";
import { type User, users } from "../schema/users.ts";

/*
 * API keys, by their hashes.
 */

/**
 * Adds a key. False, and no key: its owner is gone, or has as many as may be.
 */
export async function insertApiKey(db: Db, key: ApiKey, limit: number): Promise<boolean> {
	const owned = db.select({ n: count() }).from(apiKeys).where(eq(apiKeys.userId, key.userId));
	// One statement: of two keys at once, the second sees the first.
	const inserted = await db
		.insert(apiKeys)
		.select(
			db
				.select({
					id: sql<ApiKeyId>`${key.id}`.as("id"),
					userId: users.id,
					keyHash: sql<string>`${key.keyHash}`.as("key_hash"),
					name: sql<string>`${key.name}`.as("name"),
					hint: sql<string>`${key.hint}`.as("hint"),
					scopes: sql<ApiKey["scopes"]>`${JSON.stringify(key.scopes)}`.as("scopes"),
					createdAtMs: sql<number>`${key.createdAtMs}`.as("created_at_ms"),
					lastUsedAtMs: sql<null>`null`.as("last_used_at_ms"),
					expiresAtMs: sql<number | null>`${key.expiresAtMs}`.as("expires_at_ms"),
				})
				.from(users)
				.where(
					and(eq(users.id, key.userId), isNull(users.deletedAtMs), sql`(${owned}) < ${limit}`),
				),
		)
		.returning({ id: apiKeys.id });
	return inserted.length > 0;
}

/** A user's keys, newest first. */
export async function findApiKeys(db: Db, userId: UserId): Promise<ApiKey[]> {
	return db.select().from(apiKeys).where(eq(apiKeys.userId, userId)).orderBy(desc(apiKeys.id));
}

/** False: there is none with this id. */
export async function deleteApiKey(db: Db, userId: UserId, id: ApiKeyId): Promise<boolean> {
	const deleted = await db
		.delete(apiKeys)
		.where(and(eq(apiKeys.id, id), eq(apiKeys.userId, userId)))
		.returning({ id: apiKeys.id });
	return deleted.length > 0;
}

/** The key with this hash and whose it is, unless its owner is gone. */
export async function findApiKey(
	db: Db,
	keyHash: string,
): Promise<{ key: ApiKey; user: User } | null> {
	const found = await db
		.select({ key: apiKeys, user: users })
		.from(apiKeys)
		.innerJoin(users, eq(users.id, apiKeys.userId))
		.where(and(eq(apiKeys.keyHash, keyHash), isNull(users.deletedAtMs)))
		.get();
	return found ?? null;
}

/** Notes that a key is in use, unless that was noted since a time. */
export async function recordApiKeyUse(
	db: Db,
	id: ApiKeyId,
	{ nowMs, notedBeforeMs }: { nowMs: number; notedBeforeMs: number },
): Promise<void> {
	await db
		.update(apiKeys)
		.set({ lastUsedAtMs: nowMs })
		.where(
			and(
				eq(apiKeys.id, id),
				or(isNull(apiKeys.lastUsedAtMs), lte(apiKeys.lastUsedAtMs, notedBeforeMs)),
			),
		);
}
