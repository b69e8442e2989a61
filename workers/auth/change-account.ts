import type { AccountChange } from "#contracts/account.ts";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { setMailPreferences } from "#db/queries/mail-opt-outs.ts";
import { findUser, renameUser } from "#db/queries/users.ts";
import { type AccountResult, accountResult } from "./account-document.ts";

/** Changes what its owner says, and nothing else. */
export async function changeAccount(
	db: Db,
	userId: UserId,
	{ name, mail }: AccountChange,
	nowMs: number,
): Promise<AccountResult> {
	if (mail !== undefined) await setMailPreferences(db, userId, mail, nowMs);
	const user = name === undefined ? await findUser(db, userId) : await renameUser(db, userId, name);
	return accountResult(db, user);
}
