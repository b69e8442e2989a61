import { and, eq, isNull, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type NewUser, type User, users } from "../schema/users.ts";

/** Of accounts that are not being deleted. */
export const isUser = (id: UserId) => and(eq(users.id, id), isNull(users.deletedAtMs));

/**
 * Adds a user. An account whose address nobody has shown to be theirs gives way, and everything that
 * hung on it goes with it: whoever made it may not have been the address's owner, and nothing of
 * theirs (password, sessions, keys, links) may open the new one. With `isNew` false nothing has
 * changed, and the id is that of the address's owner.
 */
export async function insertUser(db: Db, user: NewUser): Promise<{ id: UserId; isNew: boolean }> {
	const isTheirs = eq(users.email, user.email);
	const [, , [owner]] = await db.batch([
		db.delete(users).where(and(isTheirs, isNull(users.emailVerifiedAtMs))),
		db.insert(users).values(user).onConflictDoNothing({ target: users.email }),
		db.select({ id: users.id }).from(users).where(isTheirs),
	]);
	if (owner === undefined) throw new Error("an address that is taken and has no owner");
	return { id: owner.id, isNew: owner.id === user.id };
}

export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
	return (await db.select().from(users).where(eq(users.email, email)).get()) ?? null;
}

/** Null when there is no such account, or it is being deleted. */
export async function findUser(db: Db, id: UserId): Promise<User | null> {
	return (await db.select().from(users).where(isUser(id)).get()) ?? null;
}

/** Where to write to a user. Null when the account is gone. */
export async function findAddress(
	db: Db,
	id: UserId,
): Promise<Pick<User, "email" | "name"> | null> {
	const columns = { email: users.email, name: users.name };
	return (await db.select(columns).from(users).where(isUser(id)).get()) ?? null;
}

/** Null when the account is gone. */
export async function renameUser(db: Db, id: UserId, name: string): Promise<User | null> {
	const [row] = await db.update(users).set({ name }).where(isUser(id)).returning();
	return row ?? null;
}

/** Throws when D1 does not answer. */
export async function ping(db: Db): Promise<void> {
	await db.run(sql`select 1`);
}
