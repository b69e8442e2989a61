import { errorText } from "../error-text.ts";
import { DOWNLOAD_STALL_MS } from "../limits.ts";
import { isPassing, retryAfterMs } from "./retry.ts";

/**
 * One GET whose body is handed on as it comes, broken off when no byte comes for too long.
 * `Refusal` is the caller's word for an answer that it will not have.
 */
export type StreamedGet<Refusal> = {
	url: string;
	headers: Record<string, string>;
	onHead: (response: Response) => Refusal | undefined;
	onBytes: (bytes: Uint8Array) => Promise<Refusal | undefined>;
};

/** What another try may mend. */
export type Interruption = { interrupted: string; retryAfterMs: number };

/** `undefined`: the body has ended. Rejects when the signal is aborted, or when `onBytes` does. */
export async function streamedGet<Refusal>(
	{ url, headers, onHead, onBytes }: StreamedGet<Refusal>,
	signal: AbortSignal,
): Promise<Refusal | Interruption | undefined> {
	const ended = new AbortController();
	const stall = setTimeout(
		() => ended.abort(new Error("no byte came for too long")),
		DOWNLOAD_STALL_MS,
	);
	const interruption = (error: unknown): Interruption => {
		signal.throwIfAborted();
		return { interrupted: errorText(error), retryAfterMs: 0 };
	};
	try {
		const response = await fetch(url, {
			// Bytes are counted as they lie in storage.
			headers: { "accept-encoding": "identity", ...headers },
			redirect: "error",
			signal: AbortSignal.any([signal, ended.signal]),
		}).catch(interruption);
		if ("interrupted" in response) return response;
		if (isPassing(response.status)) {
			const { status, headers } = response;
			return { interrupted: `answered ${status}`, retryAfterMs: retryAfterMs(headers) };
		}
		const unusable = onHead(response);
		if (unusable || !response.body) return unusable ?? interruption("the answer has no body");

		const reader = response.body.getReader();
		for (;;) {
			const read = await reader.read().catch(interruption);
			if ("interrupted" in read) return read;
			if (read.done) return undefined;
			stall.refresh();
			const refusal = await onBytes(read.value);
			if (refusal) return refusal;
		}
	} finally {
		clearTimeout(stall);
		// Lets go of an answer that was not read to its end.
		ended.abort();
	}
}
