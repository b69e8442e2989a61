import type { UserId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { findConversionIds, forgetAccount } from "#db/queries/account-deletion.ts";
import { removeConversions } from "../conversions/remove-conversions.ts";
import { log } from "../http/log.ts";
import { MAX_DELETED_AT_ONCE, MAX_DELETIONS_A_RUN } from "../limits.ts";

/**
 * Removes what an account that auth has closed leaves behind: conversions with all that is stored of
 * them, and at last its row. Safe to repeat and to break off anywhere. It never throws: what is left
 * is the watchdog's (watchdog/finish-deletion.ts).
 */
export async function removeAccount(
	env: Pick<GatewayEnv, "VIDEOS" | "MP3S" | "UPLOADS">,
	db: Db,
	userId: UserId,
): Promise<void> {
	try {
		for (let run = 0; run < MAX_DELETIONS_A_RUN; run++) {
			const ids = await findConversionIds(db, userId, MAX_DELETED_AT_ONCE);
			if (ids.length === 0) break;
			await removeConversions(env, db, userId, ids);
		}
		await forgetAccount(db, userId);
	} catch (error) {
		log("warn", "account_left_to_watchdog", { error: describeError(error) });
	}
}
