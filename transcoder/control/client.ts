import type * as z from "zod";
import { claimAnswer, progressAnswer, releaseAnswer, settleAnswer } from "#contracts/control.ts";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import type { ConversionPhase } from "#contracts/conversion-status.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import { answerText, type Call, call } from "../http/call.ts";
import { callWithRetries, type RetryRules } from "../http/retry.ts";
import { API_TIMEOUT_MS, RELEASE_TIMEOUT_MS } from "../limits.ts";
import type { Pacing } from "../pacing.ts";
import { parseJson } from "../parse-json.ts";

/** The gateway's control URL for one claim of one attempt (contracts/control.ts). */

/** Nothing has been done yet: the lease can soon be given back, and somebody else may be luckier. */
const CLAIM_RETRY: RetryRules = { tries: 5, baseMs: 500, capMs: 4_000 };

/**
 * A whole conversion hangs on this one, so it is tried for as long as a silent attempt is left
 * alone (STALL_AFTER_MS): half a minute of waiting on average, one at most.
 */
const SETTLE_RETRY: RetryRules = { tries: 9, baseMs: 500, capMs: 15_000 };

export type ControlResult<Verdict> =
	| { type: "answered"; verdict: Verdict }
	/** The token has expired, or nobody knows this attempt any more. */
	| { type: "gone"; status: 401 | 403 | 404 }
	| { type: "unavailable"; reason: string };

export type ControlClient = ReturnType<typeof createControlClient>;

export function createControlClient(
	{ url, token }: VideoMessage["control"],
	claimId: string,
	pacing: Pacing,
) {
	const request = (action: string, fields?: object): Call => ({
		method: "POST",
		url: `${url}/${action}`,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify({ v: CURRENT_VERSION, claimId, ...fields }),
		timeoutMs: API_TIMEOUT_MS,
	});

	return {
		claim: async (signal: AbortSignal) =>
			read(claimAnswer, await callWithRetries(request("claim"), CLAIM_RETRY, pacing, signal)),

		/** Tried once: the next heartbeat is the retry. */
		progress: async (progress: { phase: ConversionPhase; fraction: number }, signal: AbortSignal) =>
			read(progressAnswer, await call(request("progress", progress), signal)),

		settle: async (outcome: ConversionOutcome, signal: AbortSignal) =>
			read(
				settleAnswer,
				await callWithRetries(request("settle", { outcome }), SETTLE_RETRY, pacing, signal),
			),

		/** Tried once, at shutdown, when there is no time for more. */
		release: async () =>
			read(
				releaseAnswer.transform(() => ({ verdict: "released" as const })),
				await call({ ...request("release"), timeoutMs: RELEASE_TIMEOUT_MS }),
			),
	};
}

function read<Verdict>(
	schema: z.ZodType<{ verdict: Verdict }>,
	answer: Awaited<ReturnType<typeof call>>,
): ControlResult<Verdict> {
	if (answer.type === "unanswered") return { type: "unavailable", reason: answer.reason };
	const { status } = answer;
	if (status === 401 || status === 403 || status === 404) return { type: "gone", status };
	const parsed = schema.safeParse(parseJson(answer.body));
	if (status === 200 && parsed.success) return { type: "answered", verdict: parsed.data.verdict };
	return { type: "unavailable", reason: answerText(answer) };
}
