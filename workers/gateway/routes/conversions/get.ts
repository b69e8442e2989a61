import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { isOver } from "#db/conversion-status.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { LOOK_INTERVAL_MS, MAX_WAIT_SECONDS } from "../../limits.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{id}",
	tags: ["Conversions"],
	summary: "One conversion",
	security: withKey("read"),
	request: {
		params,
		query: z.object({
			wait: z.coerce
				.number()
				.int()
				.min(0)
				.max(MAX_WAIT_SECONDS)
				.default(0)
				.describe("Answer when it is over, or as it is after so many seconds."),
		}),
	},
	responses: {
		200: json(documentSchema, "The conversion."),
		...problems("invalid_query", "not_found", ...USER_PROBLEMS),
	},
});

export const get = userRoute(route, async (c) => {
	const { id } = c.req.valid("param");
	const deadlineMs = Date.now() + c.req.valid("query").wait * 1000;
	while (true) {
		const row = await ownConversion(c, id);
		if (row === null) return notFound(c);
		const restMs = deadlineMs - Date.now();
		if (isOver(row) || restMs <= 0) return c.json(conversionDocument(row), 200);
		await scheduler.wait(Math.min(LOOK_INTERVAL_MS, restMs));
	}
});
