import { type BackoffRange, backoffMs } from "../backoff.ts";
import type { Interruption } from "../http/streamed-get.ts";
import { type Failure, failed } from "../job/result.ts";
import { DOWNLOAD_TRIES } from "../limits.ts";
import type { Pacing } from "../pacing.ts";

const RETRY: BackoffRange = { baseMs: 500, capMs: 10_000 };

/** Reads from storage until a try is not interrupted, or has been too often. */
export async function retryInterrupted<Outcome extends object>(
	read: () => Promise<Outcome | Interruption>,
	pacing: Pacing,
	signal: AbortSignal,
): Promise<Outcome | Failure> {
	for (let tries = 1; ; tries++) {
		const outcome = await read();
		if (!("interrupted" in outcome)) return outcome;
		if (tries >= DOWNLOAD_TRIES) return failed("storage_unavailable", outcome.interrupted);
		const pauseMs = Math.max(outcome.retryAfterMs, backoffMs(tries, RETRY, pacing.random));
		await pacing.sleep(pauseMs, signal);
	}
}
