import { and, eq, inArray, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { MailPreference } from "#contracts/mail-preference.ts";
import type { Db } from "../connect.ts";
import { mailOptOuts } from "../schema/mail-opt-outs.ts";
import { users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * Which mail somebody does not want.
 */

export async function findOptOuts(db: Db, userId: UserId): Promise<MailPreference[]> {
	const rows = await db
		.select({ kind: mailOptOuts.kind })
		.from(mailOptOuts)
		.where(eq(mailOptOuts.userId, userId));
	return rows.map(({ kind }) => kind);
}

/** Turns mail of a kind off. Of an account that is gone, nothing is written. */
export async function optOut(
	db: Db,
	userId: UserId,
	kind: MailPreference,
	nowMs: number,
): Promise<void> {
	await insertOptOut(db, userId, kind, nowMs);
}

/** Turns some kinds on (`true`) and others off, all or none. */
export async function setMailPreferences(
	db: Db,
	userId: UserId,
	wanted: { [Kind in MailPreference]?: boolean | undefined },
	nowMs: number,
): Promise<void> {
	const kinds = Object.keys(wanted) as MailPreference[];
	const on = kinds.filter((kind) => wanted[kind] === true);
	const off = kinds.filter((kind) => wanted[kind] === false);
	await db.batch([
		db
			.delete(mailOptOuts)
			.where(and(eq(mailOptOuts.userId, userId), inArray(mailOptOuts.kind, on))),
		...off.map((kind) => insertOptOut(db, userId, kind, nowMs)),
	]);
}

const insertOptOut = (db: Db, userId: UserId, kind: MailPreference, nowMs: number) =>
	db
		.insert(mailOptOuts)
		.select(
			db
				.select({
					userId: users.id,
					kind: sql<MailPreference>`${kind}`.as("kind"),
					createdAtMs: sql<number>`${nowMs}`.as("created_at_ms"),
				})
				.from(users)
				.where(isUser(userId)),
		)
		.onConflictDoNothing();
