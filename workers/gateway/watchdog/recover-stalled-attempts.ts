import { STALL_AFTER_MS } from "#contracts/heartbeat.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPTS } from "#contracts/limits.ts";
import type { Db } from "#db/connect.ts";
import {
	failStalledAttempt,
	findStalledAttempts,
	retryStalledAttempt,
} from "#db/queries/conversion-attempt.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { queueOutcome } from "../conversions/queue-outcome.ts";
import { log } from "../http/log.ts";
import { RESEND_UNSENT_AFTER_MS, WATCHDOG_BATCH } from "../limits.ts";
import { eachRow } from "./each-row.ts";

/**
 * An attempt whose heartbeat stopped is queued anew, as the next attempt. The stall counts as a
 * failure, so an input that kills its transcoders ends as `failed` and not as a loop.
 */
export async function recoverStalledAttempts(
	env: GatewayEnv,
	db: Db,
	nowMs: number,
): Promise<void> {
	const silentSinceMs = nowMs - STALL_AFTER_MS;
	const times = { nowMs, silentSinceMs, resendAtMs: nowMs + RESEND_UNSENT_AFTER_MS };
	const error = jobErrorFor("worker_lost");
	const rows = await findStalledAttempts(db, silentSinceMs, WATCHDOG_BATCH);
	await eachRow(rows, async (stalled) => {
		log("warn", "attempt_stalled", { conversionId: stalled.id, attempt: stalled.attempt });
		const row = await retryStalledAttempt(db, stalled, error, { most: MAX_ATTEMPTS, ...times });
		if (row !== null) await queueAttempt(env, db, row);
		else if (await failStalledAttempt(db, stalled, error, times)) {
			await queueOutcome(env, db, stalled);
		}
	});
}
