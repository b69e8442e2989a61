import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { type Change, findChangesAfter } from "#db/queries/conversion-changes.ts";
import {
	CHANGES_BATCH,
	KEEP_ALIVE_MS,
	LOOK_INTERVAL_MS,
	MAX_LOOK_INTERVAL_MS,
	MAX_LOOKS,
} from "../limits.ts";

/** Whose changes, since which, and of which conversion if not of all. */
export interface Following {
	userId: UserId;
	after: number;
	id?: ConversionId;
	signal: AbortSignal;
}

/**
 * Yields changes soon after they are committed, in their order, and `idle` when there have been none
 * for a while. Ends after `MAX_LOOKS` looks, or when the signal is aborted.
 */
export async function* followChanges(
	db: Db,
	{ userId, after, id, signal }: Following,
): AsyncGenerator<Change | { type: "idle" }, void> {
	let seen = after;
	let intervalMs = LOOK_INTERVAL_MS;
	let silentMs = 0;
	for (let looks = 0; looks < MAX_LOOKS && !signal.aborted; looks++) {
		const changes = await findChangesAfter(db, userId, seen, { id, limit: CHANGES_BATCH });
		for (const change of changes) {
			yield change;
			seen = change.change;
		}
		if (changes.length === CHANGES_BATCH) continue;
		if (changes.length > 0) {
			intervalMs = LOOK_INTERVAL_MS;
			silentMs = 0;
		} else if (silentMs >= KEEP_ALIVE_MS) {
			yield { type: "idle" };
			silentMs = 0;
		}
		await scheduler.wait(intervalMs, { signal }).catch(() => {});
		silentMs += intervalMs;
		intervalMs = Math.min(intervalMs * 1.2, MAX_LOOK_INTERVAL_MS);
	}
}
