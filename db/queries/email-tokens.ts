import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type EmailTokenPurpose, emailTokens } from "../schema/email-tokens.ts";
import { users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * Tokens of mailed links, on their way out. What they do when they come back is in
 * email-confirmations.ts.
 */

/** There is something to confirm: that the address is theirs, or that mail is delivered there again. */
const isUnconfirmed = or(isNull(users.emailVerifiedAtMs), isNotNull(users.emailUndeliverableAtMs));

/** A user's links of one kind. */
export interface Links {
	userId: UserId;
	purpose: EmailTokenPurpose;
}

/** When something was issued, and until when it is good. */
interface Times {
	nowMs: number;
	expiresAtMs: number;
}

const isLive = ({ userId, purpose }: Links, nowMs: number) =>
	and(
		eq(emailTokens.userId, userId),
		eq(emailTokens.purpose, purpose),
		gt(emailTokens.expiresAtMs, nowMs),
	);

/** How many of a user's links of one kind still work, as a subquery. */
const liveCount = (links: Links, nowMs: number) =>
	sql<number>`(select count(*) from ${emailTokens} where ${isLive(links, nowMs)})`;

/**
 * Opens a token for a link to the user's own address, or to the one given, and returns that address.
 * Null, and no token: the user has `most` that work, or is gone; or there is nothing to verify any
 * more.
 */
export async function insertEmailToken(
	db: Db,
	links: Links,
	{ tokenHash, email, most }: { tokenHash: string; email?: string; most: number },
	{ nowMs, expiresAtMs }: Times,
): Promise<string | null> {
	const [row] = await db
		.insert(emailTokens)
		.select(
			db
				.select({
					tokenHash: sql<string>`${tokenHash}`.as("token_hash"),
					userId: users.id,
					purpose: sql<EmailTokenPurpose>`${links.purpose}`.as("purpose"),
					email: sql<string>`coalesce(${email ?? null}, ${users.email})`.as("email"),
					createdAtMs: sql<number>`${nowMs}`.as("created_at_ms"),
					expiresAtMs: sql<number>`${expiresAtMs}`.as("expires_at_ms"),
				})
				.from(users)
				.where(
					and(
						isUser(links.userId),
						links.purpose === "verify" ? isUnconfirmed : undefined,
						sql`${liveCount(links, nowMs)} < ${most}`,
					),
				),
		)
		.returning({ email: emailTokens.email });
	return row?.email ?? null;
}

/**
 * Gives the user's latest token that goes to an address another hash, and the time from then on. False:
 * there is none, so nobody is waiting for it any more.
 */
export async function renewEmailToken(
	db: Db,
	links: Links,
	{ tokenHash, email }: { tokenHash: string; email: string },
	{ nowMs, expiresAtMs }: Times,
): Promise<boolean> {
	const latest = db
		.select({ tokenHash: emailTokens.tokenHash })
		.from(emailTokens)
		.where(and(isLive(links, nowMs), eq(emailTokens.email, email)))
		.orderBy(desc(emailTokens.createdAtMs))
		.limit(1);
	const rows = await db
		.update(emailTokens)
		.set({ tokenHash, expiresAtMs })
		.where(inArray(emailTokens.tokenHash, latest))
		.returning({ tokenHash: emailTokens.tokenHash });
	return rows.length > 0;
}

/** Drops a token whose mail has not left. What was opened before its mail stays, for the next try. */
export async function withdrawEmailToken(db: Db, tokenHash: string): Promise<void> {
	await db
		.delete(emailTokens)
		.where(and(eq(emailTokens.tokenHash, tokenHash), ne(emailTokens.purpose, "change_email")));
}

/** When each of a user's links of one kind that still work ends, the next first. */
export async function findExpiries(db: Db, links: Links, nowMs: number): Promise<number[]> {
	const rows = await db
		.select({ expiresAtMs: emailTokens.expiresAtMs })
		.from(emailTokens)
		.where(isLive(links, nowMs))
		.orderBy(asc(emailTokens.expiresAtMs));
	return rows.map(({ expiresAtMs }) => expiresAtMs);
}

/** Forgets links that have ended. */
export async function forgetEmailTokens(db: Db, nowMs: number): Promise<void> {
	await db.delete(emailTokens).where(lte(emailTokens.expiresAtMs, nowMs));
}
