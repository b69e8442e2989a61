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
	const nowMs = Date.now();
	const found = await ownWebhook(c, c.req.valid("param").id);
	if (found === null) return noSuchWebhook(c);
	const untilMs = nowMs + PREVIOUS_SECRET_MS;
	const rotated = await rotateWebhookSecret(c.get("db"), c.get("user").sub, found, untilMs);
	// Of two at once the second is told the secret of the first: another rotation would end the one
	// that receivers know.
	const row = rotated ?? (await ownWebhook(c, found.id));
	if (row === null) return noSuchWebhook(c);
	const secret = webhookSecret(c.env.NOTIFY_KEY, row);
	return c.json({ ...webhookDocument(row, nowMs), secret }, 200, { "cache-control": "no-store" });
});
