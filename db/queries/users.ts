import { eq, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type User, users } from "../schema/users.ts";

/** Adds a user. Null when the address is taken. */
export async function insertUser(db: Db, user: User): Promise<User | null> {
	const [row] = await db
		.insert(users)
		.values(user)
		.onConflictDoNothing({ target: users.email })
		.returning();
	return row ?? null;
}

export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
	return (await db.select().from(users).where(eq(users.email, email)).get()) ?? null;
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
