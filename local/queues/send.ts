import type { Backlog } from "./message-store.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { TargetQueue } from "./target-queue.ts";

/** Publishes messages that are within all limits; answers the queue's backlog. */
export async function send(
	queue: TargetQueue,
	messages: readonly OutgoingMessage[],
): Promise<Backlog> {
	if (queue.consumer === "http_pull") {
		const timestampMs = Date.now();
		return await queue.pullQueue.send(
			messages.map(({ encoded, delay_seconds = 0 }) => ({
				...encoded,
				id: crypto.randomUUID().replaceAll("-", ""),
				timestampMs,
				delaySeconds: delay_seconds,
			})),
		);
	}
	const { metadata } = await queue.producer.sendBatch(
		messages.map(({ body, encoded, delay_seconds = 0 }) => ({
			body,
			contentType: encoded.contentType,
			delaySeconds: delay_seconds,
		})),
	);
	return {
		count: metadata.metrics.backlogCount,
		bytes: metadata.metrics.backlogBytes,
		oldestTimestampMs: metadata.metrics.oldestMessageTimestamp?.getTime() ?? 0,
	};
}
