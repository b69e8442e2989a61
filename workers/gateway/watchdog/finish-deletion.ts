import type { Db } from "#db/connect.ts";
import { findClosedAccount } from "#db/queries/account-deletion.ts";
import { removeAccount } from "../accounts/remove-account.ts";

/**
 * Goes on with an account that was too large to go in one request, or that a crash left. One a run,
 * because one may take all that a Worker may do.
 */
export async function finishDeletion(env: GatewayEnv, db: Db): Promise<void> {
	const id = await findClosedAccount(db);
	if (id !== null) await removeAccount(env, db, id);
}
