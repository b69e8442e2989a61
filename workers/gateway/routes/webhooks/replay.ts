import { createRoute } from "@hono/zod-openapi";
import { deliveryDocument as documentSchema } from "#contracts/webhook.ts";
import { replayDelivery } from "#db/queries/webhook-log.ts";
import { queueDeliveries } from "#webhooks/queue-webhooks.ts";
import { limitReplay } from "../../abuse/rate-limited.ts";
import { fail } from "../../http/context.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { tellWebhooks } from "../../webhooks/tell-webhooks.ts";
import { deliveryDocument } from "../../webhooks/webhook-document.ts";
import { deliveryParams } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/deliveries/{eventId}/replay",
	tags: ["Webhooks"],
	summary: "Have an event sent again",
	description:
		"Now, and again for a day if need be, whatever became of it. It carries the same `webhook-id` and tells the same: a receiver that has had it can tell.",
	security: withKey("admin"),
	middleware: limitReplay,
	request: { params: deliveryParams },
	responses: {
		202: json(documentSchema, "It is on its way."),
		...problems("not_found", "webhook_disabled", "rate_limited", ...USER_PROBLEMS),
	},
});

export const replay = userRoute(route, async (c) => {
	const { id, eventId } = c.req.valid("param");
	const webhook = await ownWebhook(c, id);
	if (webhook === null) return noSuchWebhook(c);
	if (webhook.disabledAtMs !== null) {
		return fail(c, "webhook_disabled", 'Enable it first: PATCH it with {"enabled": true}.');
	}
	const row = await replayDelivery(c.get("db"), webhook.id, eventId, Date.now());
	if (row === null) return fail(c, "not_found", "The webhook was not told of this event.");
	await tellWebhooks(() => queueDeliveries(c.env, [row]));
	return c.json(deliveryDocument(row), 202);
});
