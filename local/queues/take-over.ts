import * as z from "zod";
import { logLine } from "#contracts/log-line.ts";
import { type EncodedBody, encodeBytes, encodeJson, encodeText } from "./message-body.ts";
import type { StoredMessage } from "./message-store.ts";

/**
 * Moves what Workers send through a producer binding from Miniflare's memory into the pull queue
 * of the same name. When this throws, Miniflare delivers the batch again; a message that was
 * already written is not written twice.
 */
export async function takeOver(batch: MessageBatch, env: QueuesEnv): Promise<void> {
	const messages: StoredMessage[] = [];
	for (const { id, timestamp, body } of batch.messages) {
		const encoded = encode(body);
		if (encoded === undefined) {
			// Cloudflare could not hand it to a pull consumer either.
			console.error(
				logLine("queues", "error", "message_not_pullable", {
					queue: batch.queue,
					messageId: id,
					hint: 'send it with contentType "json", "text" or "bytes"',
				}),
			);
			continue;
		}
		messages.push({ ...encoded, id, timestampMs: timestamp.getTime() });
	}
	await env.PULL_QUEUE.getByName(batch.queue).send(messages);
}

/**
 * A consumer is not told the content type, so it is read off the value. One case is lost: a JSON
 * body that is a bare string comes out as `text`.
 */
function encode(body: unknown): EncodedBody | undefined {
	if (typeof body === "string") return encodeText(body);
	if (body instanceof ArrayBuffer) return encodeBytes(new Uint8Array(body));
	return z.json().safeParse(body).success ? encodeJson(body) : undefined;
}
