import type { Db } from "#db/connect.ts";
import { recoverStalledAttempts } from "./recover-stalled-attempts.ts";
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
}
