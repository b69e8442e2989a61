import * as z from "zod";
import { MAX_DELAY_SECONDS } from "./limits.ts";
import { encodeJson, encodeText } from "./message-body.ts";

export const delaySeconds = z.int().min(0).max(MAX_DELAY_SECONDS);

/**
 * A message as it is published over REST. Only `json` and `text` can be:
 * https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/push/
 */
export const outgoingMessage = z
	.object({
		body: z.unknown().refine((body) => body !== undefined, "a message has a body"),
		content_type: z.enum(["json", "text"]).default("json"),
		delay_seconds: delaySeconds.optional(),
	})
	.transform(({ body, content_type: contentType, delay_seconds }, context) => {
		if (contentType === "json") return { body, delay_seconds, encoded: encodeJson(body) };
		if (typeof body === "string") return { body, delay_seconds, encoded: encodeText(body) };
		context.addIssue({ code: "custom", path: ["body"], message: "a text is a string" });
		return z.NEVER;
	});
export type OutgoingMessage = z.output<typeof outgoingMessage>;
