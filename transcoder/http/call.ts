import { errorText } from "../error-text.ts";

/** A request with a small answer. */
export type Call = {
	method: "POST" | "PUT";
	url: string;
	headers: Record<string, string>;
	/** A Blob is sent with its Content-Length, and can be sent again. */
	body: string | Blob;
	timeoutMs: number;
};

export type Answer =
	| { type: "answered"; status: number; headers: Headers; body: string }
	| { type: "unanswered"; reason: string };

/** One try. Rejects only when the signal is aborted. */
export async function call(
	{ url, timeoutMs, ...init }: Call,
	signal?: AbortSignal,
): Promise<Answer> {
	const timeout = AbortSignal.timeout(timeoutMs);
	try {
		const response = await fetch(url, {
			...init,
			// No peer of ours redirects, and a token must not follow one that would.
			redirect: "error",
			signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
		});
		const body = await response.text();
		return { type: "answered", status: response.status, headers: response.headers, body };
	} catch (error) {
		signal?.throwIfAborted();
		return { type: "unanswered", reason: errorText(error) };
	}
}

/** An answer that is not the one hoped for, for the log. */
export function answerText(answer: Answer): string {
	return answer.type === "answered" ? `answered ${answer.status}` : answer.reason;
}
