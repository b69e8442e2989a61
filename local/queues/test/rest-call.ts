import { env } from "cloudflare:workers";
import worker from "../index.ts";

const queues = "http://localhost/client/v4/accounts/local/queues";

/**
 * Calls the Queues API as an authorized client would.
 *
 * @param path queue and operation: `video/messages/pull`.
 */
export async function call(
	path: string,
	body: unknown,
	init: RequestInit<IncomingRequestCfProperties> = {},
	bindings: Partial<QueuesEnv> = {},
): Promise<Response> {
	const request = new Request(`${queues}/${path}`, {
		method: "POST",
		headers: { Authorization: `Bearer ${env.QUEUES_API_TOKEN}` },
		body: JSON.stringify(body),
		...init,
	});
	return worker.fetch(request, { ...env, ...bindings });
}

interface Envelope<Result> {
	success: boolean;
	errors: { code: number; message: string }[];
	messages: string[];
	result: Result;
}

interface PullResult {
	message_backlog_count: number;
	messages: {
		id: string;
		body: string;
		timestamp_ms: number;
		attempts: number;
		lease_id: string;
		metadata: Record<string, string>;
	}[];
	metadata: {
		metrics: {
			backlog_count: number;
			backlog_bytes: number;
			oldest_message_timestamp_ms: number;
		};
	};
}

export async function pull(queue: string, body: unknown = {}): Promise<PullResult> {
	const response = await call(`${queue}/messages/pull`, body);
	const { result } = await response.json<Envelope<PullResult>>();
	return result;
}
