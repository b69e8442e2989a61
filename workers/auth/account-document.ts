import type { AccountDocument } from "#contracts/account.ts";
import type { User } from "#db/schema/users.ts";
import { hasPassword } from "./password.ts";

/** A user, as its owner is shown it. */
export function accountDocument(user: User): AccountDocument {
	return {
		id: user.id,
		name: user.name,
		username: user.email,
		emailVerified: user.emailVerifiedAtMs !== null,
		hasPassword: hasPassword(user),
		emailUndeliverableSince:
			user.emailUndeliverableAtMs === null
				? null
				: new Date(user.emailUndeliverableAtMs).toISOString(),
		mail: { finished: true, failed: true, expiring: true },
		createdAt: new Date(user.createdAtMs).toISOString(),
	};
}

/** `invalid_token`: the account is gone, and with it what its tokens are worth. */
export type AccountResult =
	| { ok: true; account: AccountDocument }
	| { ok: false; code: "invalid_token" };

export const accountResult = (user: User | null): AccountResult =>
	user === null
		? { ok: false, code: "invalid_token" }
		: { ok: true, account: accountDocument(user) };
