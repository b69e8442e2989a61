import type { Account, Registration } from "#contracts/account.ts";
import type { Db } from "#db/connect.ts";
import { newUserId } from "#db/new-id.ts";
import { insertUser } from "#db/queries/users.ts";
import { hashPassword } from "./password.ts";

export type RegisterResult = { ok: true; account: Account } | { ok: false; code: "email_taken" };

/** Creates an account. The registration has been validated at the door. */
export async function register(
	db: Db,
	{ name, username, password }: Registration,
	nowMs: number,
): Promise<RegisterResult> {
	const user = await insertUser(db, {
		id: newUserId(nowMs),
		email: username,
		name,
		passwordHash: await hashPassword(password),
		createdAtMs: nowMs,
	});
	if (user === null) return { ok: false, code: "email_taken" };
	return { ok: true, account: { id: user.id, name: user.name, username: user.email } };
}
