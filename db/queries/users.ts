import { and, eq, isNull, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type User, users } from "../schema/users.ts";

/**
 * Adds a user, or replaces one whose address nobody has shown to be theirs. With `isNew` false
 * nothing has changed, and the id is that of the address's owner.
 */
export async function insertUser(db: Db, user: User): Promise<{ id: UserId; isNew: boolean }> {
	const { name, passwordHash } = user;
	const [row] = await db
		.insert(users)
		.values(user)
		.onConflictDoUpdate({
			target: users.email,
			set: { name, passwordHash },
			setWhere: isNull(users.emailVerifiedAtMs),
		})
		.returning({ id: users.id });
	if (row) return { id: row.id, isNew: true };
	const owner = await findUserByEmail(db, user.email);
	if (owner === null) throw new Error("an address that is taken and has no owner");
	return { id: owner.id, isNew: false };
}

export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
	return (await db.select().from(users).where(eq(users.email, email)).get()) ?? null;
}

/** Whether a user is there, and not on the way out. */
export async function hasUser(db: Db, id: UserId): Promise<boolean> {
	const isThere = and(eq(users.id, id), isNull(users.deletedAtMs));
	return (await db.select({ id: users.id }).from(users).where(isThere).get()) !== undefined;
}

/** Where to write to a user. Null when the account is gone. */
export async function findAddress(
	db: Db,
	id: UserId,
): Promise<Pick<User, "email" | "name"> | null> {
	const columns = { email: users.email, name: users.name };
	return (await db.select(columns).from(users).where(eq(users.id, id)).get()) ?? null;
}

/** Throws when D1 does not answer. */
export async function ping(db: Db): Promise<void> {
	await db.run(sql`select 1`);
}
