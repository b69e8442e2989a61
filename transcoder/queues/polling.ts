import { type BackoffRange, backoffMs } from "../backoff.ts";

/**
 * When to pull again. A queue with work is asked at once, an empty one less and less often, a
 * failing one with jitter, and one that refuses the token slowly, until somebody mends it.
 */

const BUSY_MS = 100;
const IDLE_CAP_MS = 5_000;
const FAILING: BackoffRange = { baseMs: 1_000, capMs: 30_000 };
const REFUSED_MS = 30_000;

export type PollOutcome = "work" | "empty" | "failed" | "refused";

/** The last outcome, and how many times in a row it has come. */
export type PollState = { outcome: PollOutcome; times: number };

export function afterPoll(state: PollState | undefined, outcome: PollOutcome): PollState {
	return { outcome, times: state?.outcome === outcome ? state.times + 1 : 1 };
}

export function pollDelayMs({ outcome, times }: PollState, random: () => number): number {
	switch (outcome) {
		case "work":
			return BUSY_MS;
		case "empty":
			return Math.min(IDLE_CAP_MS, BUSY_MS * 2 ** (times - 1));
		case "failed":
			return Math.max(BUSY_MS, backoffMs(times, FAILING, random));
		case "refused":
			return REFUSED_MS;
	}
}
