import { createRoute } from "@hono/zod-openapi";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { removeConversions } from "../../conversions/remove-conversions.ts";
import { problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "delete",
	path: "/{id}",
	tags: ["Conversions"],
	summary: "Delete a conversion, its video and its MP3",
	description: "Whatever its status: what is being converted is stopped. Signed links end, too.",
	security: withKey("admin"),
	request: { params },
	responses: {
		204: { description: "It is gone." },
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const remove = userRoute(route, async (c) => {
	const found = await ownConversion(c, c.req.valid("param").id);
	if (found === null) return notFound(c);
	const removed = await removeConversions(c.env, c.get("db"), c.get("user").sub, [found.id]);
	return removed.length === 0 ? notFound(c) : c.body(null, 204);
});
