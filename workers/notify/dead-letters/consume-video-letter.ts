import { STALL_AFTER_MS } from "#contracts/heartbeat.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import type { Db } from "#db/connect.ts";
import { failUnhandledAttempt } from "#db/queries/conversion-attempt.ts";
import { type Handled, WAIT_SECONDS } from "../consume-message.ts";
import { finishAttempt } from "../finish-attempt.ts";
import { log } from "../log.ts";
import { keepLetter } from "./keep-letter.ts";
import { readVideoLetter } from "./read-video-letter.ts";

/** Should nobody finish the attempt by then, the watchdog sees to it. */
const RESEND_AFTER_MS = 60 * 1000;

/**
 * Queue `video-dlq`: no transcoder could handle this message, so its attempt has failed, unless
 * something else has become of it. Somebody who works on it still is left alone: when they fall
 * silent, the watchdog notices.
 */
export async function consumeVideoLetter(
	env: NotifyEnv,
	db: Db,
	message: Message,
): Promise<Handled> {
	const nowMs = Date.now();
	const unhandled = await readVideoLetter(env.CONTROL_KEY, message.body, new Date(nowMs));
	await keepLetter(db, "video", message, unhandled);
	if (unhandled === null) return "done";
	const hasFailed = await failUnhandledAttempt(db, unhandled, jobErrorFor("internal"), {
		nowMs,
		silentSinceMs: nowMs - STALL_AFTER_MS,
		resendAtMs: nowMs + RESEND_AFTER_MS,
	});
	// Whoever settled it: an earlier delivery may have died right after it did.
	const result = await finishAttempt(env, db, unhandled);
	const { id: conversionId, attempt } = unhandled;
	log("info", "dead_letter_handled", { conversionId, attempt, hasFailed, result });
	return result === "wait" ? { againInSeconds: WAIT_SECONDS } : "done";
}
