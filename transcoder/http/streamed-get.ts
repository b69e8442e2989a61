import { once } from "node:events";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
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
	onHead: (head: ResponseHead) => Refusal | undefined;
	onBytes: (bytes: Uint8Array) => Promise<Refusal | undefined>;
};

export type ResponseHead = { status: number; headers: Headers };

/** What another try may mend. */
export type Interruption = { interrupted: string; retryAfterMs: number };

/**
 * `node:http` and not `fetch`: an hour of video is read in thousands of ranges while encoders need
 * the same cores, and a fetch takes several times the work. It follows no redirect either.
 */
const https = { request: requestHttps, agent: new HttpsAgent({ keepAlive: true }) };
const http = { request: requestHttp, agent: new HttpAgent({ keepAlive: true }) };

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
		return {
			interrupted: errorText(ended.signal.aborted ? ended.signal.reason : error),
			retryAfterMs: 0,
		};
	};
	let response: IncomingMessage | undefined;
	try {
		const either = AbortSignal.any([signal, ended.signal]);
		const answer = await ask(url, headers, either).catch(interruption);
		if ("interrupted" in answer) return answer;
		response = answer;
		const head = headOf(response);
		if (isPassing(head.status)) {
			const { status } = head;
			return { interrupted: `answered ${status}`, retryAfterMs: retryAfterMs(head.headers) };
		}
		const unusable = onHead(head);
		if (unusable) return unusable;

		const body: AsyncIterator<Buffer, undefined> = response[Symbol.asyncIterator]();
		for (;;) {
			const read = await body.next().catch(interruption);
			if ("interrupted" in read) return read;
			if (read.done) return undefined;
			stall.refresh();
			const refusal = await onBytes(read.value);
			if (refusal) return refusal;
		}
	} finally {
		clearTimeout(stall);
		// Lets go of an answer that was not read to its end.
		response?.destroy();
	}
}

async function ask(
	url: string,
	headers: Record<string, string>,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const { request, agent } = url.startsWith("https:") ? https : http;
	// Bytes are counted as they lie in storage.
	const asked = request(url, {
		agent,
		signal,
		headers: { "accept-encoding": "identity", ...headers },
	});
	asked.end();
	const [response] = await once(asked, "response");
	return response;
}

function headOf({ statusCode = 0, headers }: IncomingMessage): ResponseHead {
	const lines = Object.entries(headers).map(([name, value]) => [name, String(value)]);
	return { status: statusCode, headers: new Headers(Object.fromEntries(lines)) };
}
