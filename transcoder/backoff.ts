export type BackoffRange = { baseMs: number; capMs: number };

/**
 * Exponential back-off with full jitter: anything from nothing to the doubled delay, so that many
 * clients of a recovering server do not return all at once.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, range: BackoffRange, random: () => number): number {
	return random() * Math.min(range.capMs, range.baseMs * 2 ** (failures - 1));
}
