import { and, eq, getTableColumns, isNotNull, isNull, sql } from "drizzle-orm";
import type { Db } from "../connect.ts";
import { identities } from "../schema/identities.ts";
import { type NewUser, type User, users } from "../schema/users.ts";

const userOf = (db: Db, provider: string, subject: string) =>
	db
		.select(getTableColumns(users))
		.from(identities)
		.innerJoin(users, eq(users.id, identities.userId))
		.where(and(eq(identities.provider, provider), eq(identities.subject, subject)));

/** Whom an account elsewhere has signed in before. */
export async function findUserByIdentity(
	db: Db,
	provider: string,
	subject: string,
): Promise<User | null> {
	return (await userOf(db, provider, subject).get()) ?? null;
}

/**
 * Links an account elsewhere to the user of an address that is known to be theirs, who is `newUser`
 * if there is nobody yet. A user whose address nobody has confirmed is removed first, with all that
 * hangs on it. Null, and nothing is linked, when the address's user is being deleted.
 *
 * In one transaction: of two that come at once, the second finds what the first has made.
 */
export async function linkIdentity(
	db: Db,
	{ provider, subject }: { provider: string; subject: string },
	newUser: NewUser,
): Promise<User | null> {
	const hasAddress = eq(users.email, newUser.email);
	const [, , , rows] = await db.batch([
		db
			.delete(users)
			.where(and(hasAddress, isNull(users.emailVerifiedAtMs), isNull(users.deletedAtMs))),
		db.insert(users).values(newUser).onConflictDoNothing({ target: users.email }),
		db
			.insert(identities)
			.select(
				db
					.select({
						provider: sql`${provider}`.as("provider"),
						subject: sql`${subject}`.as("subject"),
						userId: users.id,
						createdAtMs: sql`${newUser.createdAtMs}`.as("created_at_ms"),
					})
					.from(users)
					.where(and(hasAddress, isNotNull(users.emailVerifiedAtMs), isNull(users.deletedAtMs))),
			)
			.onConflictDoNothing(),
		userOf(db, provider, subject),
	]);
	return rows[0] ?? null;
}
