import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { webhookDocument as documentSchema } from "#contracts/webhook.ts";
import { findWebhooks } from "#db/queries/webhooks.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { webhookDocument } from "../../webhooks/webhook-document.ts";

const route = createRoute({
	method: "get",
	path: "/",
	tags: ["Webhooks"],
	summary: "Your webhooks, newest first",
	security: withKey("read"),
	responses: {
		200: json(z.object({ webhooks: z.array(documentSchema) }), "All of them."),
		...problems(...USER_PROBLEMS),
	},
});

export const list = userRoute(route, async (c) => {
	const rows = await findWebhooks(c.get("db"), c.get("user").sub);
	const nowMs = Date.now();
	return c.json({ webhooks: rows.map((row) => webhookDocument(row, nowMs)) }, 200);
});
