import * as z from "zod";

/**
 * The answers of Cloudflare's REST API, as far as they matter here. Theirs to extend, so fields
 * that are not named are let pass.
 * https://developers.cloudflare.com/api/resources/queues/subresources/messages/
 */

const pulledMessage = z
	.object({
		id: z.string(),
		lease_id: z.string(),
		/** How often it has been delivered, this time included. */
		attempts: z.int().positive().catch(1),
		/** base64 unless the content type is `text`. */
		body: z.string(),
		metadata: z.record(z.string(), z.unknown()).nullish(),
	})
	.transform(({ id, lease_id, attempts, body, metadata }) => ({
		id,
		leaseId: lease_id,
		deliveries: attempts,
		text:
			metadata?.["CF-Content-Type"] === "text"
				? body
				: Buffer.from(body, "base64").toString("utf8"),
	}));

export type PulledMessage = z.infer<typeof pulledMessage>;

export const pullAnswer = z
	.object({
		success: z.literal(true),
		result: z.object({ messages: z.array(pulledMessage).default([]) }),
	})
	.transform(({ result }) => result.messages);
