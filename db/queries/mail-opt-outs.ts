import { and, eq } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { MailPreference } from "#contracts/mail-preference.ts";
import type { Db } from "../connect.ts";
import { mailOptOuts } from "../schema/mail-opt-outs.ts";

/*
 * Which mail somebody does not want.
 */

export async function isUnwanted(db: Db, userId: UserId, kind: MailPreference): Promise<boolean> {
	const row = await db
		.select()
		.from(mailOptOuts)
		.where(and(eq(mailOptOuts.userId, userId), eq(mailOptOuts.kind, kind)))
		.get();
	return row !== undefined;
}
