import type { SettleAnswer } from "#contracts/control.ts";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPTS } from "#contracts/limits.ts";
import type { Db } from "#db/connect.ts";
import { type Claim, renewAttempt, retryAttempt, settle } from "#db/queries/conversion-attempt.ts";
import { mp3Key } from "#storage/object-keys.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { log } from "../http/log.ts";
import { MAX_RENEWALS, RESEND_SENT_AFTER_MS, RESEND_UNSENT_AFTER_MS } from "../limits.ts";

/** Doubled with each failure: long enough for a fault of ours to pass. */
const RETRY_DELAY_SECONDS = 15;

const missingMp3: ConversionOutcome = { type: "failed", error: jobErrorFor("storage_unavailable") };

/**
 * Records how an attempt ended. URLs that had expired are no failure: the attempt gets a fresh
 * message. A failure that another try may cure becomes the next attempt, as long as there is one
 * left; everything else is for notify to make final.
 */
export async function settleAttempt(
	env: GatewayEnv,
	db: Db,
	claim: Claim,
	reported: ConversionOutcome,
): Promise<SettleAnswer["verdict"]> {
	const nowMs = Date.now();
	const outcome = await believable(env, claim, reported);
	if (outcome.type === "failed" && outcome.error.code === "urls_expired") {
		const row = await renewAttempt(db, claim, MAX_RENEWALS, nowMs + RESEND_UNSENT_AFTER_MS);
		if (row !== null) {
			const { id: conversionId, attempt, renewals } = row;
			log("warn", "attempt_renewed", { conversionId, attempt, renewals });
			await queueAttempt(env, db, row);
			return "drop";
		}
	}
	if (outcome.type === "failed" && outcome.error.retryable) {
		const row = await retryAttempt(db, claim, outcome.error, {
			most: MAX_ATTEMPTS,
			resendAtMs: nowMs + RESEND_UNSENT_AFTER_MS,
		});
		if (row !== null) {
			const failures = row.attempt - 1 - row.attemptsBefore;
			await queueAttempt(env, db, row, { delaySeconds: RETRY_DELAY_SECONDS * 2 ** (failures - 1) });
			return "drop";
		}
	}
	// The transcoder publishes to `mp3` next; the watchdog steps in when that gets lost.
	const times = { nowMs, resendAtMs: nowMs + RESEND_SENT_AFTER_MS };
	return (await settle(db, claim, outcome, times)) ? "publish" : "drop";
}

/**
 * What is believed of a report: no MP3 that does not stand in R2 as it was reported, and of a
 * failure the code alone. The words that go into the owner's mail are ours, whoever the transcoder
 * has become.
 */
async function believable(
	env: GatewayEnv,
	claim: Claim,
	reported: ConversionOutcome,
): Promise<ConversionOutcome> {
	if (reported.type === "failed") {
		return { type: "failed", error: jobErrorFor(reported.error.code) };
	}
	const object = await env.MP3S.head(mp3Key(claim.id, claim.attempt));
	return object?.size === reported.output.sizeBytes ? reported : missingMp3;
}
