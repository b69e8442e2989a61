import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionId } from "#contracts/ids.ts";
import { removeConversions } from "../../conversions/remove-conversions.ts";
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
import { MAX_DELETED_AT_ONCE } from "../../limits.ts";

const ids = z.array(conversionId);

const route = createRoute({
	method: "post",
	path: "/delete",
	tags: ["Conversions"],
	summary: "Delete several conversions",
	description: `At most ${MAX_DELETED_AT_ONCE}, each as by \`DELETE /conversions/{id}\`. Ids that are unknown are left out of the answer.`,
	security: withKey("admin"),
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ ids: ids.min(1).max(MAX_DELETED_AT_ONCE) })) },
	responses: {
		200: json(z.object({ deleted: ids }), "Those that are gone now."),
		...problems(...BODY_PROBLEMS, ...USER_PROBLEMS),
	},
});

export const removeSeveral = userRoute(route, async (c) => {
	const asked = c.req.valid("json").ids;
	const removed = await removeConversions(c.env, c.get("db"), c.get("user").sub, asked);
	return c.json({ deleted: removed.map(({ id }) => id) }, 200);
});
