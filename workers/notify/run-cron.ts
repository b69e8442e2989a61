import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { announceExpiries } from "./announce-expiries.ts";
import { sweepDeadLetters } from "./dead-letters/sweep-dead-letters.ts";
import { log } from "./log.ts";
import { forgetOldDeliveries, resendOverdueDeliveries } from "./webhooks/sweep-webhooks.ts";

/** What notify does by itself, every few minutes. None of it waits for another to succeed. */
export async function runCron(env: NotifyEnv, db: Db, nowMs: number): Promise<void> {
	const steps = [
		() => announceExpiries(env, db, nowMs),
		() => resendOverdueDeliveries(env, db, nowMs),
		() => forgetOldDeliveries(db, nowMs),
		() => sweepDeadLetters(db, nowMs),
	];
	for (const step of steps) {
		try {
			await step();
		} catch (error) {
			log("error", "cron_step_failed", { error: describeError(error) });
		}
	}
}
