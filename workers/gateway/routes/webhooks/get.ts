import { createRoute } from "@hono/zod-openapi";
import { webhookDocument as documentSchema } from "#contracts/webhook.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { webhookDocument } from "../../webhooks/webhook-document.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{id}",
	tags: ["Webhooks"],
	summary: "One webhook",
	security: withKey("read"),
	request: { params },
	responses: {
		200: json(documentSchema, "The webhook."),
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const get = userRoute(route, async (c) => {
	const row = await ownWebhook(c, c.req.valid("param").id);
	if (row === null) return noSuchWebhook(c);
	return c.json(webhookDocument(row, Date.now()), 200);
});
