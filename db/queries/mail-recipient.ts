import { and, eq, exists, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { MailPreference } from "#contracts/mail-preference.ts";
import type { Db } from "../connect.ts";
import { mailOptOuts } from "../schema/mail-opt-outs.ts";
import { type User, users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/** Whom a mail goes to, and whether it may. */
export interface MailRecipient extends Pick<User, "email" | "name" | "emailUndeliverableAtMs"> {
	/** They have turned mail of this kind off. */
	isUnwanted: boolean;
}

/** One query, as somebody waits for the mail. Null: the account is gone, or being deleted. */
export async function findMailRecipient(
	db: Db,
	userId: UserId,
	kind: MailPreference,
): Promise<MailRecipient | null> {
	const optOut = db
		.select({ kind: mailOptOuts.kind })
		.from(mailOptOuts)
		.where(and(eq(mailOptOuts.userId, users.id), eq(mailOptOuts.kind, kind)));
	const row = await db
		.select({
			email: users.email,
			name: users.name,
			emailUndeliverableAtMs: users.emailUndeliverableAtMs,
			isUnwanted: sql<number>`${exists(optOut)}`.mapWith(Boolean),
		})
		.from(users)
		.where(isUser(userId))
		.get();
	return row ?? null;
}
