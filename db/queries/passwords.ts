import { and, eq, exists } from "drizzle-orm";
import type { Db } from "../connect.ts";
import { emailTokens } from "../schema/email-tokens.ts";
import { sessions } from "../schema/sessions.ts";
import { type User, users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * Another password in place of one that was checked a moment ago. Every statement names the hash that
 * was checked, so that of two changes at once the second changes nothing.
 */

const hasHash = ({ id, passwordHash }: Pick<User, "id" | "passwordHash">) =>
	and(isUser(id), eq(users.passwordHash, passwordHash));

/**
 * Sets a new password and ends what the old one may have opened to others: all sessions, and mailed
 * links that were asked for with it. False: the password has changed since it was checked.
 */
export async function replacePassword(
	db: Db,
	checked: Pick<User, "id" | "passwordHash">,
	passwordHash: string,
): Promise<boolean> {
	const { id } = checked;
	const isReplaced = exists(db.select().from(users).where(hasHash({ id, passwordHash })));
	const [rows] = await db.batch([
		db.update(users).set({ passwordHash }).where(hasHash(checked)).returning({ id: users.id }),
		db.delete(sessions).where(and(eq(sessions.userId, id), isReplaced)),
		db.delete(emailTokens).where(and(eq(emailTokens.userId, id), isReplaced)),
	]);
	return rows.length > 0;
}

/** The same password under another hash. Does nothing if it has changed since it was checked. */
export async function rehashPassword(
	db: Db,
	checked: Pick<User, "id" | "passwordHash">,
	passwordHash: string,
): Promise<void> {
	await db.update(users).set({ passwordHash }).where(hasHash(checked));
}
