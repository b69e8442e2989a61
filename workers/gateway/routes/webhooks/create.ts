import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { webhookDocument as documentSchema, webhookWish } from "#contracts/webhook.ts";
import { newWebhookId } from "#db/new-id.ts";
import { findUser } from "#db/queries/users.ts";
import { insertWebhook } from "#db/queries/webhooks.ts";
import { webhookSecret } from "#signing/webhook-secret.ts";
import { refuse } from "../../authentication/refuse.ts";
import { requireVerified } from "../../authentication/require-verified.ts";
import { fail } from "../../http/context.ts";
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
import { MAX_WEBHOOKS } from "../../limits.ts";
import { refusedUrl } from "../../webhooks/refused-url.ts";
import { webhookDocument } from "../../webhooks/webhook-document.ts";

const route = createRoute({
	method: "post",
	path: "/",
	tags: ["Webhooks"],
	summary: "Have events sent to an address of yours",
	description:
		"By the Standard Webhooks specification: a `POST` in JSON, signed with the secret that is answered here. Anything but a 2xx within ten seconds is tried again for a day. At most ten a user.",
	security: withKey("admin"),
	middleware: [requireVerified, limitJson] as const,
	request: { body: jsonBody(webhookWish) },
	responses: {
		201: json(
			documentSchema.extend({ secret: z.string().meta({ example: "whsec_…" }) }),
			"The webhook, and the secret that it signs with, which is shown this once.",
		),
		...problems(...BODY_PROBLEMS, "too_many_webhooks", "email_unverified", ...USER_PROBLEMS),
	},
});

export const create = userRoute(route, async (c) => {
	const { url, name, events } = c.req.valid("json");
	const refused = refusedUrl(c, url);
	if (refused !== null) return refused;
	const [db, userId, nowMs] = [c.get("db"), c.get("user").sub, Date.now()];
	const row = await insertWebhook(
		db,
		{
			id: newWebhookId(nowMs),
			userId,
			url,
			name: name ?? new URL(url).host.slice(0, 100),
			events,
			createdAtMs: nowMs,
		},
		MAX_WEBHOOKS,
	);
	if (row === null) {
		return (await findUser(db, userId)) === null
			? refuse(c, "invalid_token")
			: fail(c, "too_many_webhooks", "Delete one that you do not use any more.");
	}
	const secret = webhookSecret(c.env.NOTIFY_KEY, row);
	return c.json({ ...webhookDocument(row, nowMs), secret }, 201, {
		"cache-control": "no-store",
		location: `/webhooks/${row.id}`,
	});
});
