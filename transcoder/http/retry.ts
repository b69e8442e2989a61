import { type BackoffRange, backoffMs } from "../backoff.ts";
import { RETRY_AFTER_CAP_MS } from "../limits.ts";
import type { Pacing } from "../pacing.ts";
import { type Answer, type Call, call } from "./call.ts";

export type RetryRules = BackoffRange & { tries: number };

/**
 * For requests that may be repeated: again after a network error, 429 or 5xx, never after another
 * 4xx, which would be answered the same way. Answers the last try's answer.
 */
export async function callWithRetries(
	request: Call,
	rules: RetryRules,
	pacing: Pacing,
	signal?: AbortSignal,
): Promise<Answer> {
	for (let tries = 1; ; tries++) {
		const answer = await call(request, signal);
		if (answer.type === "answered" && !isPassing(answer.status)) return answer;
		if (tries >= rules.tries) return answer;
		const asked = answer.type === "answered" ? retryAfterMs(answer.headers) : 0;
		await pacing.sleep(Math.max(asked, backoffMs(tries, rules, pacing.random)), signal);
	}
}

/** Statuses that say "not now". */
export function isPassing(status: number): boolean {
	return status === 429 || status >= 500;
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterMs(headers: Headers): number {
	const value = headers.get("retry-after");
	if (value === null) return 0;
	const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
	return Math.min(RETRY_AFTER_CAP_MS, Math.max(0, ms || 0));
}
