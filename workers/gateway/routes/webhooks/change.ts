import { createRoute } from "@hono/zod-openapi";
import { webhookDocument as documentSchema, webhookChange } from "#contracts/webhook.ts";
import { changeWebhook } from "#db/queries/webhooks.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import { requireVerified } from "../../authentication/require-verified.ts";
import {
	BODY_PROBLEMS,
	json,
	jsonBody,
	problems,
	USER_PROBLEMS,
	withKey,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";
import { noSuchWebhook, ownWebhook } from "../../webhooks/own-webhook.ts";
import { refusedUrl } from "../../webhooks/refused-url.ts";
import { webhookDocument } from "../../webhooks/webhook-document.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "patch",
	path: "/{id}",
	tags: ["Webhooks"],
	summary: "Change a webhook, turn it off or on",
	description:
		"Of what happens while it is off it is not told, and what it was still to be told of counts as failed: that can be replayed.",
	security: withKey("admin"),
	middleware: [requireVerified, limitJson] as const,
	request: { params, body: jsonBody(webhookChange) },
	responses: {
		200: json(documentSchema, "The webhook as it is now."),
		...problems(...BODY_PROBLEMS, "not_found", "email_unverified", ...USER_PROBLEMS),
	},
});

export const change = userRoute(route, async (c) => {
	const { enabled, ...changes } = c.req.valid("json");
	const found = await ownWebhook(c, c.req.valid("param").id);
	if (found === null) return noSuchWebhook(c);
	const refused = changes.url === undefined ? null : refusedUrl(c, changes.url);
	if (refused !== null) return refused;
	const nowMs = Date.now();
	const row = await changeWebhook(c.get("db"), c.get("user").sub, found.id, {
		...changes,
		// How the one before it has failed is not held against it.
		...(changes.url !== undefined && { failingSinceMs: null }),
		...(enabled !== undefined && switched(found, enabled, nowMs)),
	});
	if (row === null) return noSuchWebhook(c);
	return c.json(webhookDocument(row, nowMs), 200);
});

function switched(webhook: Webhook, enabled: boolean, nowMs: number): Partial<Webhook> {
	if (enabled) return { failingSinceMs: null, disabledAtMs: null, disabledBecause: null };
	// What is off already stays so for the reason that it has.
	return {
		disabledAtMs: webhook.disabledAtMs ?? nowMs,
		disabledBecause: webhook.disabledBecause ?? "owner",
	};
}
