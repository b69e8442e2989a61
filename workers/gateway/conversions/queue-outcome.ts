import { describeError } from "#contracts/log-line.ts";
import type { Mp3Message } from "#contracts/mp3-message.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { Db } from "#db/connect.ts";
import { postponeResend } from "#db/queries/conversion-attempt.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { log } from "../http/log.ts";
import { RESEND_SENT_AFTER_MS } from "../limits.ts";

/**
 * Tells notify of a settled attempt when its transcoder did not or could not. Like `queueAttempt`,
 * it leaves a failed send to the watchdog's next run.
 */
export async function queueOutcome(
	env: GatewayEnv,
	db: Db,
	settled: Pick<Conversion, "id" | "attempt">,
): Promise<void> {
	const message: Mp3Message = {
		v: CURRENT_VERSION,
		conversionId: settled.id,
		attempt: settled.attempt,
	};
	try {
		await env.MP3_QUEUE.send(message, { contentType: "json" });
		await postponeResend(db, settled, Date.now() + RESEND_SENT_AFTER_MS);
	} catch (error) {
		log("error", "queue_send_failed", { conversionId: settled.id, error: describeError(error) });
	}
}
