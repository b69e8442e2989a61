import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { closeAccount } from "#db/queries/account-deletion.ts";
import { checkPassword, type PasswordCheck } from "./check-password.ts";

export type DeleteAccountResult = { ok: true } | Extract<PasswordCheck, { ok: false }>;

/**
 * Closes an account for good: nobody logs in any more, and sessions, keys and mailed links are gone.
 * What else there is of it, the gateway removes.
 */
export async function deleteAccount(
	db: Db,
	{ userId, password }: { userId: UserId; password: string },
	nowMs: number,
): Promise<DeleteAccountResult> {
	const checked = await checkPassword(db, userId, password);
	if (!checked.ok) return checked;
	const isClosed = await closeAccount(db, checked.user, nowMs);
	return isClosed ? { ok: true } : { ok: false, code: "wrong_password" };
}
