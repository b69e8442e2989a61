import * as z from "zod";
import type { Answer } from "../answer.ts";
import { delaySeconds } from "../outgoing-message.ts";
import { parseBody } from "../request-body.ts";
import type { TargetQueue } from "../target-queue.ts";

const ackRequest = z.object({
	acks: z.array(z.object({ lease_id: z.string() })).default([]),
	retries: z
		.array(z.object({ lease_id: z.string(), delay_seconds: delaySeconds.default(0) }))
		.default([]),
});

/** https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/ack/ */
export async function ack(queue: TargetQueue, body: unknown): Promise<Answer<unknown>> {
	if (queue.consumer !== "http_pull") return { type: "refused", error: "pullNotEnabled" };
	const parsed = parseBody(ackRequest, body, { "retries.delay_seconds": "messageMetadataInvalid" });
	if (parsed.type === "refused") return parsed;

	const { acks, retries } = parsed.result;
	const settled = await queue.pullQueue.settle({
		acks: acks.map(({ lease_id }) => ({ leaseId: lease_id })),
		retries: retries.map(({ lease_id, delay_seconds }) => ({
			leaseId: lease_id,
			delaySeconds: delay_seconds,
		})),
	});
	return { type: "done", result: settled };
}
