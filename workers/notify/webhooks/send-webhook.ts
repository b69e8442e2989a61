import { webhookUrlProblem } from "#contracts/webhook-url.ts";
import type { TryResult } from "#db/queries/webhook-deliveries.ts";
import type { TryFailure } from "#db/schema/webhook-tries.ts";
import type { WebhookRequest } from "./compose-webhook.ts";
import { readBeginning } from "./read-beginning.ts";

/** Of an answer, in the log. */
const SHOWN_BYTES = 1024;

/** A try, and for how long the receiver asked to be left alone. */
export type SentWebhook = TryResult & { retryAfterMs?: number };

/**
 * Sends one request and waits for its answer, for a limited time. It follows no redirect, as that may
 * lead anywhere, and connects to no address that a webhook may not have. Never throws: what goes wrong
 * is the result.
 */
export async function sendWebhook(
	{ url, headers, body }: WebhookRequest,
	limits: { timeoutMs: number; allowLoopback: boolean },
): Promise<SentWebhook> {
	const startedAtMs = Date.now();
	const ended = (what: { status?: number; failure?: TryFailure; answer?: string }) => ({
		startedAtMs,
		latencyMs: Date.now() - startedAtMs,
		status: what.status ?? null,
		failure: what.failure ?? null,
		answer: what.answer ?? null,
	});
	if (webhookUrlProblem(url, limits) !== null) return ended({ failure: "address_refused" });
	const signal = AbortSignal.timeout(limits.timeoutMs);
	try {
		const init = { method: "POST", headers, body, redirect: "manual", signal } as const;
		const response = await fetch(url, init);
		const { status } = response;
		const answer = await readBeginning(response, SHOWN_BYTES);
		if (status >= 300 && status < 400) return ended({ status, failure: "redirected", answer });
		return { ...ended({ status, answer }), retryAfterMs: retryAfterMs(response) };
	} catch {
		return ended({ failure: signal.aborted ? "timed_out" : "unreachable" });
	}
}

/** Only in seconds: a date would trust the receiver's clock. */
function retryAfterMs({ headers }: Response): number {
	const text = headers.get("retry-after") ?? "";
	return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : 0;
}
