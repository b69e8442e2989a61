import type { Db } from "#db/connect.ts";
import { findDeletedBefore, forgetDeleted } from "#db/queries/conversion-expiry.ts";
import { removeObjects } from "../conversions/remove-objects.ts";
import { DELETED_KEPT_MS, WATCHDOG_BATCH } from "../limits.ts";
import { eachRow } from "./each-row.ts";

/**
 * Deletes once more what was stored of conversions that were deleted a day ago: a transcoder may
 * have been about to store an MP3, or R2 may not have answered. Then forgets them.
 */
export async function clearDeleted(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const rows = await findDeletedBefore(db, nowMs - DELETED_KEPT_MS, WATCHDOG_BATCH);
	await eachRow(rows, async ({ id }) => {
		await removeObjects(env, id);
		await forgetDeleted(db, id);
	});
}
