const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;

/** What is waited after each try, the first one included. The last is repeated. */
const WAITS_MS = [
	5 * 1000,
	5 * MINUTE_MS,
	30 * MINUTE_MS,
	2 * HOUR_MS,
	5 * HOUR_MS,
	10 * HOUR_MS,
] as const;
const LAST_WAIT_MS = 10 * HOUR_MS;

/** Receivers that fail together are not asked again together. */
const JITTER = 0.2;

/** How long an event is tried. */
export const TRIED_FOR_MS = 24 * HOUR_MS;

/** A receiver may ask for time, and not for so much that nothing comes any more. */
const MAX_RETRY_AFTER_MS = HOUR_MS;

/**
 * When a delivery is tried again that has been tried so often, in ms since 1970; null: not any more,
 * as that would be more than a day after it was begun.
 *
 * @param random 0 to 1, as `Math.random` gives it.
 * @param retryAfterMs what the receiver asked for (RFC 9110, 10.2.3).
 */
export function nextTryAtMs(
	tries: number,
	{ begunAtMs, nowMs }: { begunAtMs: number; nowMs: number },
	random: number,
	retryAfterMs = 0,
): number | null {
	const waitMs = WAITS_MS[tries - 1] ?? LAST_WAIT_MS;
	const jittered = waitMs * (1 + JITTER * (2 * random - 1));
	const asked = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
	const nextMs = nowMs + Math.round(Math.max(jittered, asked));
	return nextMs <= begunAtMs + TRIED_FOR_MS ? nextMs : null;
}
