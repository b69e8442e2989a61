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
		createdAt: new Date(user.createdAtMs).toISOString(),
	};
}
