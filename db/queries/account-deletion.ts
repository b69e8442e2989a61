import { and, eq, exists, isNotNull, notExists } from "drizzle-orm";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { BY_CHANCE } from "../by-chance.ts";
import type { Db } from "../connect.ts";
import { apiKeys } from "../schema/api-keys.ts";
import { conversionChanges } from "../schema/conversion-changes.ts";
import { conversions } from "../schema/conversions.ts";
import { deletedConversions } from "../schema/deleted-conversions.ts";
import { emailTokens } from "../schema/email-tokens.ts";
import { idempotencyKeys } from "../schema/idempotency-keys.ts";
import { identities } from "../schema/identities.ts";
import { sessions } from "../schema/sessions.ts";
import { NO_PASSWORD, type User, users } from "../schema/users.ts";
import { webhooks } from "../schema/webhooks.ts";
import { isUser } from "./users.ts";

/*
 * An account goes in two steps. The first one closes it, and cannot be half done; from then on its
 * row says only that there is something left to remove. The last one takes that row away.
 */

const isBeingDeleted = (id: UserId) => and(eq(users.id, id), isNotNull(users.deletedAtMs));

/**
 * Closes an account whose password was checked: nothing opens it any more, and its address is free
 * for another. False: the password has changed since it was checked.
 */
export async function closeAccount(
	db: Db,
	{ id, passwordHash }: Pick<User, "id" | "passwordHash">,
	nowMs: number,
): Promise<boolean> {
	const isClosed = exists(db.select().from(users).where(isBeingDeleted(id)));
	const [rows] = await db.batch([
		db
			.update(users)
			.set({
				// Unique, and no address.
				email: id,
				name: "",
				passwordHash: NO_PASSWORD,
				emailVerifiedAtMs: null,
				// What a mail server said may have the address in it.
				emailUndeliverableBecause: null,
				deletedAtMs: nowMs,
			})
			.where(and(isUser(id), eq(users.passwordHash, passwordHash)))
			.returning({ id: users.id }),
		db.delete(sessions).where(and(eq(sessions.userId, id), isClosed)),
		db.delete(apiKeys).where(and(eq(apiKeys.userId, id), isClosed)),
		db.delete(emailTokens).where(and(eq(emailTokens.userId, id), isClosed)),
		db.delete(identities).where(and(eq(identities.userId, id), isClosed)),
		db.delete(webhooks).where(and(eq(webhooks.userId, id), isClosed)),
	]);
	return rows.length > 0;
}

/** Some account that is closed and not gone yet. By chance, so that none can hold up the others. */
export async function findClosedAccount(db: Db): Promise<UserId | null> {
	const row = await db
		.select({ id: users.id })
		.from(users)
		.where(isNotNull(users.deletedAtMs))
		.orderBy(BY_CHANCE)
		.limit(1)
		.get();
	return row?.id ?? null;
}

/** Some of what a user has left to remove. */
export async function findConversionIds(
	db: Db,
	userId: UserId,
	limit: number,
): Promise<ConversionId[]> {
	const rows = await db
		.select({ id: conversions.id })
		.from(conversions)
		.where(eq(conversions.userId, userId))
		.limit(limit);
	return rows.map(({ id }) => id);
}

/**
 * Takes a closed account away once its conversions are gone, with everything that names it. Word of
 * the deleted conversions stays for a day, so that what transcoders store late is removed, too; it
 * names nobody any more.
 */
export async function forgetAccount(db: Db, id: UserId): Promise<void> {
	const remaining = db.select().from(conversions).where(eq(conversions.userId, id));
	const isEmpty = exists(
		db
			.select()
			.from(users)
			.where(and(isBeingDeleted(id), notExists(remaining))),
	);
	await db.batch([
		db
			.update(deletedConversions)
			.set({ userId: "" })
			.where(and(eq(deletedConversions.userId, id), isEmpty)),
		db.delete(conversionChanges).where(and(eq(conversionChanges.userId, id), isEmpty)),
		db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.userId, id), isEmpty)),
		// What else hangs on it goes along: sessions, limits and the like (db/schema).
		db.delete(users).where(and(isBeingDeleted(id), isEmpty)),
	]);
}
