import type { AccountDocument } from "#contracts/account.ts";
import { mailPreference } from "#contracts/mail-preference.ts";
import type { Db } from "#db/connect.ts";
import { findOptOuts } from "#db/queries/mail-opt-outs.ts";
import type { User } from "#db/schema/users.ts";
import { hasPassword } from "./password.ts";

/** A user, as its owner is shown it. */
export async function accountDocument(db: Db, user: User): Promise<AccountDocument> {
	const unwanted = await findOptOuts(db, user.id);
	const { emailUndeliverableAtMs } = user;
	return {
		id: user.id,
		name: user.name,
		username: user.email,
		emailVerified: user.emailVerifiedAtMs !== null,
		hasPassword: hasPassword(user),
		emailUndeliverableSince:
			emailUndeliverableAtMs === null ? null : new Date(emailUndeliverableAtMs).toISOString(),
		mail: Object.fromEntries(
			mailPreference.options.map((kind) => [kind, !unwanted.includes(kind)]),
		) as AccountDocument["mail"],
		createdAt: new Date(user.createdAtMs).toISOString(),
	};
}

/** `invalid_token`: the account is gone, and with it what its tokens are worth. */
export type AccountResult =
	| { ok: true; account: AccountDocument }
	| { ok: false; code: "invalid_token" };

export async function accountResult(db: Db, user: User | null): Promise<AccountResult> {
	return user === null
		? { ok: false, code: "invalid_token" }
		: { ok: true, account: await accountDocument(db, user) };
}
