import type { IncomingMessage, ServerResponse } from "node:http";

/** One HTTP request at a peer, with its body read, and the way to answer it. */
export type Exchange = {
	method: string;
	path: string;
	query: URLSearchParams;
	headers: IncomingMessage["headers"];
	body: Buffer;
	json: () => unknown;
	reply: (status: number, body?: unknown, headers?: Record<string, string | number>) => void;
	/** The connection breaks without an answer. */
	hangUp: () => void;
	response: ServerResponse;
};

export async function readExchange(
	request: IncomingMessage,
	response: ServerResponse,
): Promise<Exchange> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk);
	const body = Buffer.concat(chunks);
	const { pathname, searchParams } = new URL(request.url ?? "/", "http://peer");
	return {
		method: request.method ?? "",
		path: pathname,
		query: searchParams,
		headers: request.headers,
		body,
		json: () => JSON.parse(body.toString("utf8")),
		reply: (status, answer, headers = {}) => {
			const bytes = Buffer.isBuffer(answer) ? answer : Buffer.from(JSON.stringify(answer ?? {}));
			response.writeHead(status, { "content-length": bytes.length, ...headers }).end(bytes);
		},
		hangUp: () => response.destroy(),
		response,
	};
}

/** What a peer does instead of its work, once. */
export type Fault = (exchange: Exchange) => void;

export const answer =
	(status: number, headers?: Record<string, string>): Fault =>
	(exchange) =>
		exchange.reply(status, { success: false }, headers);

export const hangUp: Fault = (exchange) => exchange.hangUp();
