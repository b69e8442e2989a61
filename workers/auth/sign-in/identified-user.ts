import type { Db } from "#db/connect.ts";
import { newUserId } from "#db/new-id.ts";
import { findUserByIdentity, linkIdentity } from "#db/queries/identities.ts";
import type { User } from "#db/schema/users.ts";
import { NO_PASSWORD } from "#db/schema/users.ts";
import type { Identity } from "./identity.ts";

export type IdentifiedUser =
	| { ok: true; user: User }
	| { ok: false; cause: "no_verified_address" | "account_deleted" };

/**
 * Whose account an identity opens: the one it has opened before; else the one of its address, if the
 * provider has seen that the address is theirs; else a new one.
 *
 * An account whose own address nobody has confirmed may have been made by somebody else, in advance,
 * to be in it now. It gives way to a new one: with it go its password, sessions, keys, mailed links,
 * and its id, which access tokens may still speak for. Nothing was in it: who has not confirmed an
 * address cannot upload.
 */
export async function identifiedUser(
	db: Db,
	{ provider, subject, name, verifiedEmail }: Identity,
	nowMs: number,
): Promise<IdentifiedUser> {
	const known = await findUserByIdentity(db, provider, subject);
	if (known === null && verifiedEmail === null) return { ok: false, cause: "no_verified_address" };
	const user =
		known ??
		(await linkIdentity(
			db,
			{ provider, subject },
			{
				id: newUserId(nowMs),
				email: String(verifiedEmail),
				name,
				passwordHash: NO_PASSWORD,
				createdAtMs: nowMs,
				emailVerifiedAtMs: nowMs,
				deletedAtMs: null,
			},
		));
	if (user === null || user.deletedAtMs !== null) return { ok: false, cause: "account_deleted" };
	return { ok: true, user };
}
