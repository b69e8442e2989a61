import type { Db } from "#db/connect.ts";
import { forgetEmailTokens } from "#db/queries/email-tokens.ts";
import { forgetKeys } from "#db/queries/idempotency.ts";
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
 * done. Each step works from D1 alone, by compare-and-set, so overlapping runs do no harm.
 */
export async function runWatchdog(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	await recoverStalledAttempts(env, db, nowMs);
	await resendLostMessages(env, db, nowMs);
	await sweepAbandonedUploads(env, db, nowMs);
	await expireMp3s(db, nowMs);
	await removeExpiredVideos(env, db, nowMs);
	await clearDeleted(env, db, nowMs);
	await finishDeletion(env, db);
	await forgetKeys(db, nowMs - IDEMPOTENCY_KEPT_MS);
	await forgetEmailTokens(db, nowMs);
}
