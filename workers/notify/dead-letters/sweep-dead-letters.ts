import type { Db } from "#db/connect.ts";
import { forgetDeadLetters } from "#db/queries/dead-letters.ts";

/** Long after anything could be made good by sending one again. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

export async function sweepDeadLetters(db: Db, nowMs: number): Promise<void> {
	await forgetDeadLetters(db, nowMs - KEPT_MS);
}
