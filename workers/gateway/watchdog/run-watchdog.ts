import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { forgetEmailTokens } from "#db/queries/email-tokens.ts";
import { forgetKeys } from "#db/queries/idempotency.ts";
import { log } from "../http/log.ts";
import { IDEMPOTENCY_KEPT_MS } from "../limits.ts";
import { clearDeleted } from "./clear-deleted.ts";
import { expireMp3s } from "./expire-mp3s.ts";
import { finishDeletion } from "./finish-deletion.ts";
import { recoverStalledAttempts } from "./recover-stalled-attempts.ts";
import { removeExpiredVideos } from "./remove-expired-videos.ts";
import { resendLostMessages } from "./resend-lost-messages.ts";
import { sweepAbandonedUploads } from "./sweep-abandoned-uploads.ts";

/**
 * Runs every minute and restores what a crash, a lost message or a broken connection left half
 * done. Each step works from D1 alone, by compare-and-set, so overlapping runs do no harm. None waits
 * for another to succeed.
 */
export async function runWatchdog(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const steps = [
		() => recoverStalledAttempts(env, db, nowMs),
		() => resendLostMessages(env, db, nowMs),
		() => sweepAbandonedUploads(env, db, nowMs),
		() => expireMp3s(env, db, nowMs),
		() => removeExpiredVideos(env, db, nowMs),
		() => clearDeleted(env, db, nowMs),
		() => finishDeletion(env, db),
		() => forgetKeys(db, nowMs - IDEMPOTENCY_KEPT_MS),
		() => forgetEmailTokens(db, nowMs),
		() => env.AUTH.sweepSessions(nowMs),
	];
	for (const step of steps) {
		try {
			await step();
		} catch (error) {
			log("error", "watchdog_step_failed", { error: describeError(error) });
		}
	}
}
