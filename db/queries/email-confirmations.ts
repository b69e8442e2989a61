import { and, eq, gt, inArray, isNull, ne, notExists, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Db } from "../connect.ts";
import { apiKeys } from "../schema/api-keys.ts";
import { type EmailTokenPurpose, emailTokens } from "../schema/email-tokens.ts";
import { identities } from "../schema/identities.ts";
import { sessions } from "../schema/sessions.ts";
import { type User, users } from "../schema/users.ts";

/*
 * What the token of a mailed link does when it comes back: once, in one transaction that ends by
 * deleting it. All statements look the token up by themselves, so with one that is used, expired,
 * unknown or of another purpose they find nobody, and change nothing.
 */

/** A link that was opened, and when. */
export interface OpenedLink {
	tokenHash: string;
	nowMs: number;
}

/** Tokens that are good, as a subquery of one or none. */
const goodToken = (db: Db, purpose: EmailTokenPurpose, { tokenHash, nowMs }: OpenedLink) =>
	db
		.select({ userId: emailTokens.userId, email: emailTokens.email })
		.from(emailTokens)
		.where(
			and(
				eq(emailTokens.tokenHash, tokenHash),
				eq(emailTokens.purpose, purpose),
				gt(emailTokens.expiresAtMs, nowMs),
			),
		)
		.as("good_token");

/** The user to whom a link was mailed, at the address that the account still has. */
function holderOf(db: Db, purpose: "verify" | "reset", link: OpenedLink) {
	const token = goodToken(db, purpose, link);
	return db
		.select({ id: token.userId })
		.from(token)
		.innerJoin(users, and(eq(users.id, token.userId), eq(users.email, token.email)))
		.where(isNull(users.deletedAtMs));
}

/** Whoever opened the link reads mail there: the address is theirs, and mail is delivered to it. */
const confirmed = ({ nowMs }: OpenedLink) => ({
	emailVerifiedAtMs: sql`coalesce(${users.emailVerifiedAtMs}, ${nowMs})`,
	emailUndeliverableAtMs: null,
	emailUndeliverableBecause: null,
});

/** The address is its user's. Null: the link is not good. */
export async function verifyEmail(db: Db, link: OpenedLink): Promise<User | null> {
	const holder = holderOf(db, "verify", link);
	const [[user]] = await db.batch([
		db.update(users).set(confirmed(link)).where(inArray(users.id, holder)).returning(),
		db
			.delete(emailTokens)
			.where(and(inArray(emailTokens.userId, holder), eq(emailTokens.purpose, "verify"))),
	]);
	return user ?? null;
}

/**
 * Whether a reset link is good, before a password is hashed for it. It uses nothing up.
 */
export async function isGoodResetLink(db: Db, link: OpenedLink): Promise<boolean> {
	return (await holderOf(db, "reset", link).get()) !== undefined;
}

/**
 * Sets a new password. Its user has read mail to the address, so that is verified, too; if nobody had
 * shown that before, whoever made keys or linked accounts elsewhere may have been somebody else, and
 * they go. So do all sessions, and all other mailed links. Null: the link is not good.
 */
export async function resetPassword(
	db: Db,
	link: OpenedLink,
	passwordHash: string,
): Promise<User | null> {
	const holder = holderOf(db, "reset", link);
	const unverified = db
		.select({ id: users.id })
		.from(users)
		.where(and(inArray(users.id, holder), isNull(users.emailVerifiedAtMs)));
	const [, , , [user]] = await db.batch([
		db.delete(apiKeys).where(inArray(apiKeys.userId, unverified)),
		db.delete(identities).where(inArray(identities.userId, unverified)),
		db.delete(sessions).where(inArray(sessions.userId, holder)),
		db
			.update(users)
			.set({
				passwordHash,
				...confirmed(link),
			})
			.where(inArray(users.id, holder))
			.returning(),
		db.delete(emailTokens).where(inArray(emailTokens.userId, holder)),
	]);
	return user ?? null;
}

/**
 * Moves an account to the address that the link was mailed to. Another account there that nobody has
 * shown to be theirs gives way, as it does when one registers (users.ts). All mailed links end: those
 * to the old address must open nothing any more. Null: the link is not good, or somebody else has
 * the address by now.
 */
export async function changeEmail(
	db: Db,
	link: OpenedLink,
): Promise<{ user: User; oldEmail: string } | null> {
	const token = goodToken(db, "change_email", link);
	const newEmail = sql<string>`(${db.select({ email: token.email }).from(token)})`;
	const mover = db.select({ id: token.userId }).from(token);
	const others = alias(users, "others");
	const [[before], , [user]] = await db.batch([
		db.select({ email: users.email }).from(users).where(inArray(users.id, mover)),
		db
			.delete(users)
			.where(
				and(
					eq(users.email, newEmail),
					isNull(users.emailVerifiedAtMs),
					sql`${users.id} not in ${mover}`,
				),
			),
		db
			.update(users)
			.set({
				email: newEmail,
				...confirmed(link),
			})
			.where(
				and(
					inArray(users.id, mover),
					isNull(users.deletedAtMs),
					notExists(
						db
							.select({ id: others.id })
							.from(others)
							.where(and(eq(others.email, newEmail), ne(others.id, users.id))),
					),
				),
			)
			.returning(),
		db.delete(emailTokens).where(inArray(emailTokens.userId, mover)),
	]);
	return before === undefined || user === undefined ? null : { user, oldEmail: before.email };
}
