import { createRoute } from "@hono/zod-openapi";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { RETRY_WINDOW_MS } from "#contracts/limits.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { cancelConversion } from "#db/queries/conversion-owner.ts";
import { queueWebhooks } from "#webhooks/queue-webhooks.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { fail } from "../../http/context.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { tellWebhooks } from "../../webhooks/tell-webhooks.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/cancel",
	tags: ["Conversions"],
	summary: "Stop a conversion",
	description:
		"Its transcoder hears of it within seconds and stops. The video is kept for three days, in case you want to try again. Cancelling twice is as good as once.",
	security: withKey("upload"),
	request: { params },
	responses: {
		200: json(documentSchema, "It is cancelled."),
		...problems("not_found", "conversion_over", ...USER_PROBLEMS),
	},
});

export const cancel = userRoute(route, async (c) => {
	const found = await ownConversion(c, c.req.valid("param").id);
	if (found === null) return notFound(c);
	const nowMs = Date.now();
	const cancelled = await cancelConversion(c.get("db"), c.get("user").sub, found.id, {
		nowMs,
		videoExpiresAtMs: nowMs + RETRY_WINDOW_MS,
	});
	if (cancelled !== null) {
		await tellWebhooks(() => queueWebhooks(c.env, c.get("db"), [cancelled.id]));
	}
	// It may have ended since it was looked up.
	const row = cancelled ?? (await ownConversion(c, found.id));
	if (row === null) return notFound(c);
	if (row.status === "cancelled") return c.json(conversionDocument(row), 200);
	return fail(
		c,
		"conversion_over",
		row.status === "uploading"
			? "The video is still being uploaded: break the upload off, or delete the conversion."
			: `The conversion is ${row.status}. What is over cannot be cancelled; you can delete it.`,
	);
});
