import type { Answer } from "../answer.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import { metadataOf } from "../metrics.ts";
import { outgoingMessage } from "../outgoing-message.ts";
import { parseBody } from "../request-body.ts";
import { send } from "../send.ts";
import type { TargetQueue } from "../target-queue.ts";

/** https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/push/ */
export async function publish(queue: TargetQueue, body: unknown): Promise<Answer<unknown>> {
	const parsed = parseBody(outgoingMessage, body, {
		content_type: "messageMetadataInvalid",
		delay_seconds: "messageMetadataInvalid",
	});
	if (parsed.type === "refused") return parsed;

	const message = parsed.result;
	if (message.encoded.body.byteLength > MAX_MESSAGE_BYTES) {
		return { type: "refused", error: "messageSizeOutOfBounds" };
	}
	return { type: "done", result: { metadata: metadataOf(await send(queue, [message])) } };
}
