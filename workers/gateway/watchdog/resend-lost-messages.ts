import type { Db } from "#db/connect.ts";
import { findUnheardRows } from "#db/queries/conversion-attempt.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { queueOutcome } from "../conversions/queue-outcome.ts";
import { log } from "../http/log.ts";
import { WATCHDOG_BATCH } from "../limits.ts";
import { eachRow } from "./each-row.ts";

/** A row that waits for a message which was never sent, or got lost, is told of again. */
export async function resendLostMessages(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const rows = await findUnheardRows(db, nowMs, WATCHDOG_BATCH);
	await eachRow(rows, async (row) => {
		log("warn", "message_resent", { conversionId: row.id, attempt: row.attempt });
		if (row.status === "queued") await queueAttempt(env, db, row);
		else await queueOutcome(env, db, row);
	});
}
