import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { mp3Key } from "#storage/object-keys.ts";
import { MAX_PRESIGNED_SECONDS, presign } from "#storage/presign.ts";
import { notDone, notFound, ownConversion } from "../../conversions/own-conversion.ts";
import {
	BODY_PROBLEMS,
	json,
	optionalJsonBody,
	problems,
	USER_PROBLEMS,
	withKey,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";
import { DEFAULT_LINK_SECONDS } from "../../limits.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/link",
	tags: ["Conversions"],
	summary: "A signed link to the MP3",
	description:
		"Whoever has the link can download the MP3, straight from storage, until it expires.",
	security: withKey("read"),
	middleware: limitJson,
	request: {
		params,
		body: optionalJsonBody(
			z.strictObject({
				expiresInSeconds: z
					.int()
					.min(1)
					.max(MAX_PRESIGNED_SECONDS)
					.optional()
					.describe(`Default: ${DEFAULT_LINK_SECONDS}.`),
			}),
		),
	},
	responses: {
		200: json(z.object({ url: z.url(), expiresAt: z.iso.datetime() }), "The link."),
		...problems(
			...BODY_PROBLEMS,
			"not_found",
			"conversion_not_done",
			"conversion_expired",
			...USER_PROBLEMS,
		),
	},
});

export const link = userRoute(route, async (c) => {
	const row = await ownConversion(c, c.req.valid("param").id);
	if (row === null) return notFound(c);
	if (row.status !== "done") return notDone(c, row);
	const { expiresInSeconds = DEFAULT_LINK_SECONDS } = c.req.valid("json");
	const now = new Date();
	const url = await presign(c.env, {
		method: "GET",
		bucket: "mp3s",
		key: mp3Key(row.id, row.attempt),
		expiresInSeconds,
		now,
	});
	const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000).toISOString();
	return c.json({ url, expiresAt }, 200, { "cache-control": "no-store" });
});
