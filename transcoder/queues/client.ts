import { answerText, type Call, call } from "../http/call.ts";
import { callWithRetries, type RetryRules } from "../http/retry.ts";
import { API_TIMEOUT_MS, PULL_TIMEOUT_MS } from "../limits.ts";
import type { Pacing } from "../pacing.ts";
import { parseJson } from "../parse-json.ts";
import { type PulledMessage, pullAnswer } from "./envelope.ts";

/**
 * Cloudflare Queues over REST.
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/
 *
 * A pull is never repeated within a call: when its answer is lost, its messages are leased all the
 * same, and a second pull would only lease more. Acknowledging and giving back are idempotent, and
 * a second publish is a second delivery, which every reader must bear anyway: these are repeated.
 */
const RETRY: RetryRules = { tries: 6, baseMs: 250, capMs: 10_000 };

export type Credentials = { apiUrl: string; accountId: string; token: string };

export type PullResult =
	| { type: "pulled"; messages: PulledMessage[] }
	/** The token is wrong, or may not do this: only a person can mend it. */
	| { type: "refused"; status: 401 | 403 }
	| { type: "failed"; reason: string };

export type SendResult = { ok: true } | { ok: false; reason: string };

export type QueuesClient = ReturnType<typeof createQueuesClient>;

export function createQueuesClient({ apiUrl, accountId, token }: Credentials, pacing: Pacing) {
	const request = (queueId: string, action: string, body: unknown): Call => ({
		method: "POST",
		url: `${apiUrl}/accounts/${accountId}/queues/${queueId}/messages${action}`,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify(body),
		timeoutMs: API_TIMEOUT_MS,
	});

	const send = async (call: Call): Promise<SendResult> => {
		const answer = await callWithRetries(call, RETRY, pacing);
		const ok = answer.type === "answered" && answer.status >= 200 && answer.status < 300;
		return ok ? { ok } : { ok, reason: answerText(answer) };
	};

	return {
		pull: async (
			queueId: string,
			{ batchSize, visibilityTimeoutMs }: { batchSize: number; visibilityTimeoutMs: number },
			signal: AbortSignal,
		): Promise<PullResult> => {
			const body = { batch_size: batchSize, visibility_timeout_ms: visibilityTimeoutMs };
			const pull = { ...request(queueId, "/pull", body), timeoutMs: PULL_TIMEOUT_MS };
			const answer = await call(pull, signal);
			if (answer.type === "unanswered") return { type: "failed", reason: answer.reason };
			const { status } = answer;
			if (status === 401 || status === 403) return { type: "refused", status };
			if (status !== 200) return { type: "failed", reason: answerText(answer) };
			const parsed = pullAnswer.safeParse(parseJson(answer.body));
			if (parsed.success) return { type: "pulled", messages: parsed.data };
			return { type: "failed", reason: `${answerText(answer)}, not as documented` };
		},

		acknowledge: (queueId: string, leaseId: string): Promise<SendResult> =>
			send(request(queueId, "/ack", { acks: [{ lease_id: leaseId }], retries: [] })),

		/** Ends the lease; the message can be pulled again after the delay. */
		giveBack: (queueId: string, leaseId: string, delaySeconds: number): Promise<SendResult> =>
			send(
				request(queueId, "/ack", {
					acks: [],
					retries: [{ lease_id: leaseId, delay_seconds: delaySeconds }],
				}),
			),

		publishJson: (queueId: string, body: unknown): Promise<SendResult> =>
			send(request(queueId, "", { body, content_type: "json" })),

		publishText: (queueId: string, body: string): Promise<SendResult> =>
			send(request(queueId, "", { body, content_type: "text" })),
	};
}
