import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { webhookDocument as documentSchema } from "#contracts/webhook.ts";
import { rotateWebhookSecret } from "#db/queries/webhooks.ts";
import { webhookSecret } from "#signing/webhook-secret.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { PREVIOUS_SECRET_MS } from "../../limits.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { webhookDocument } from "../../webhooks/webhook-document.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/secret",
	tags: ["Webhooks"],
	summary: "Sign with a new secret",
	description:
		"For a day the one before signs as well, so that you can change over without losing anything. The one before that ends at once: after a leak, rotate twice.",
	security: withKey("admin"),
	request: { params },
	responses: {
		200: json(
			documentSchema.extend({ secret: z.string().meta({ example: "whsec_…" }) }),
			"The webhook, and the new secret, which is shown this once.",
		),
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const rotateSecret = userRoute(route, async (c) => {
	const [db, userId] = [c.get("db"), c.get("user").sub];
	const nowMs = Date.now();
	// Of two at once each gets a secret of its own; the second is told of the state after the first.
	for (let row = await ownWebhook(c, c.req.valid("param").id); row !== null; ) {
		const rotated = await rotateWebhookSecret(db, userId, row, nowMs + PREVIOUS_SECRET_MS);
		if (rotated !== null) {
			const secret = webhookSecret(c.env.NOTIFY_KEY, rotated);
			return c.json({ ...webhookDocument(rotated, nowMs), secret }, 200, {
				"cache-control": "no-store",
			});
		}
		row = await ownWebhook(c, row.id);
	}
	return noSuchWebhook(c);
});
