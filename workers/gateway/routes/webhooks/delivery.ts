import { createRoute } from "@hono/zod-openapi";
import { deliveryWithLog as documentSchema } from "#contracts/webhook.ts";
import { findDelivery, findTries } from "#db/queries/webhook-log.ts";
import { fail } from "../../http/context.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { SHOWN_TRIES } from "../../limits.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { deliveryWithLog } from "../../webhooks/webhook-document.ts";
import { deliveryParams } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{id}/deliveries/{eventId}",
	tags: ["Webhooks"],
	summary: "One event at one webhook, with each try",
	security: withKey("read"),
	request: { params: deliveryParams },
	responses: {
		200: json(documentSchema, "What it has come to."),
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const delivery = userRoute(route, async (c) => {
	const { id, eventId } = c.req.valid("param");
	const webhook = await ownWebhook(c, id);
	if (webhook === null) return noSuchWebhook(c);
	const row = await findDelivery(c.get("db"), webhook.id, eventId);
	if (row === null) return fail(c, "not_found", "The webhook was not told of this event.");
	const tries = await findTries(c.get("db"), webhook.id, eventId, SHOWN_TRIES);
	return c.json(deliveryWithLog(row, tries), 200);
});
