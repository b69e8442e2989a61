import * as z from "zod";
import type { Answer } from "../answer.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_COUNT, MAX_MESSAGE_BYTES } from "../limits.ts";
import { metadataOf } from "../metrics.ts";
import { delaySeconds, outgoingMessage } from "../outgoing-message.ts";
import { parseBody } from "../request-body.ts";
import { send } from "../send.ts";
import type { TargetQueue } from "../target-queue.ts";

const batch = z.object({
	messages: z.array(outgoingMessage).min(1),
	/** For the messages that do not say their own. */
	delay_seconds: delaySeconds.optional(),
});

/** https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/bulk_push/ */
export async function publishBatch(queue: TargetQueue, body: unknown): Promise<Answer<unknown>> {
	const parsed = parseBody(batch, body, {
		delay_seconds: "batchDelayInvalid",
		"messages.content_type": "messageMetadataInvalid",
		"messages.delay_seconds": "messageMetadataInvalid",
	});
	if (parsed.type === "refused") return parsed;

	const { messages, delay_seconds: batchDelay } = parsed.result;
	const sizes = messages.map(({ encoded }) => encoded.body.byteLength);
	if (messages.length > MAX_BATCH_COUNT) {
		return { type: "refused", error: "batchCountOutOfBounds" };
	}
	if (sizes.some((bytes) => bytes > MAX_MESSAGE_BYTES)) {
		return { type: "refused", error: "messageSizeOutOfBounds" };
	}
	if (sizes.reduce((total, bytes) => total + bytes, 0) > MAX_BATCH_BYTES) {
		return { type: "refused", error: "batchSizeOutOfBounds" };
	}
	const backlog = await send(
		queue,
		messages.map((message) => ({
			...message,
			delay_seconds: message.delay_seconds ?? batchDelay,
		})),
	);
	return { type: "done", result: { metadata: metadataOf(backlog) } };
}
