import * as z from "zod";
import type { Answer } from "../answer.ts";
import {
	DEFAULT_PULL_COUNT,
	DEFAULT_VISIBILITY_TIMEOUT_MS,
	MAX_PULL_COUNT,
	MAX_VISIBILITY_TIMEOUT_MS,
} from "../limits.ts";
import { bodyOnTheWire } from "../message-body.ts";
import { metadataOf } from "../metrics.ts";
import { parseBody } from "../request-body.ts";
import type { TargetQueue } from "../target-queue.ts";

const pullRequest = z.object({
	batch_size: z.int().min(1).max(MAX_PULL_COUNT).default(DEFAULT_PULL_COUNT),
	visibility_timeout_ms: z
		.int()
		.min(1)
		.max(MAX_VISIBILITY_TIMEOUT_MS)
		.default(DEFAULT_VISIBILITY_TIMEOUT_MS),
});

/**
 * Short polling: answers at once, with an empty list when there is nothing.
 * https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/pull/
 */
export async function pull(queue: TargetQueue, body: unknown): Promise<Answer<unknown>> {
	if (queue.consumer !== "http_pull") return { type: "refused", error: "pullNotEnabled" };
	const parsed = parseBody(pullRequest, body);
	if (parsed.type === "refused") return parsed;

	const { batch_size, visibility_timeout_ms } = parsed.result;
	const { messages, backlog } = await queue.pullQueue.pull(batch_size, visibility_timeout_ms);
	return {
		type: "done",
		result: {
			message_backlog_count: backlog.count,
			messages: messages.map((message) => ({
				id: message.id,
				body: bodyOnTheWire(message),
				timestamp_ms: message.timestampMs,
				attempts: message.attempts,
				lease_id: message.leaseId,
				metadata: { "CF-Content-Type": message.contentType },
			})),
			metadata: metadataOf(backlog),
		},
	};
}
