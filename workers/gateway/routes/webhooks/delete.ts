import { createRoute } from "@hono/zod-openapi";
import { webhookId } from "#contracts/ids.ts";
import { deleteWebhook } from "#db/queries/webhooks.ts";
import { problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { noSuchWebhook } from "../../webhooks/own-webhook.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "delete",
	path: "/{id}",
	tags: ["Webhooks"],
	summary: "Delete a webhook and its log",
	description: "A try that is under way may still reach it.",
	security: withKey("admin"),
	request: { params },
	responses: {
		204: { description: "It is gone." },
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const remove = userRoute(route, async (c) => {
	const id = webhookId.safeParse(c.req.valid("param").id);
	const isDeleted = id.success && (await deleteWebhook(c.get("db"), c.get("user").sub, id.data));
	return isDeleted ? c.body(null, 204) : noSuchWebhook(c);
});
