import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { deliveryState, deliveryDocument as documentSchema } from "#contracts/webhook.ts";
import { listDeliveries } from "#db/queries/webhook-log.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../../limits.ts";
import { logCursor, logPlace } from "../../webhooks/log-cursor.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { deliveryDocument } from "../../webhooks/webhook-document.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{id}/deliveries",
	tags: ["Webhooks"],
	summary: "What a webhook was told, newest first",
	description: "Of the last thirty days.",
	security: withKey("read"),
	request: {
		params,
		query: z.strictObject({
			state: deliveryState.optional(),
			cursor: logPlace.optional().describe("The `nextCursor` of the page before."),
			limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
		}),
	},
	responses: {
		200: json(
			z.object({
				deliveries: z.array(documentSchema),
				nextCursor: z.string().nullable().describe("Null on the last page."),
			}),
			"A page.",
		),
		...problems("invalid_query", "not_found", ...USER_PROBLEMS),
	},
});

export const deliveries = userRoute(route, async (c) => {
	const { state, cursor, limit } = c.req.valid("query");
	const webhook = await ownWebhook(c, c.req.valid("param").id);
	if (webhook === null) return noSuchWebhook(c);
	// One more than asked for tells whether there is another page.
	const page = { before: cursor, state, limit: limit + 1 };
	const rows = await listDeliveries(c.get("db"), webhook.id, page);
	const shown = rows.slice(0, limit);
	const last = rows.length > limit ? shown.at(-1) : undefined;
	const nextCursor = last === undefined ? null : logCursor(last);
	return c.json({ deliveries: shown.map(deliveryDocument), nextCursor }, 200);
});
