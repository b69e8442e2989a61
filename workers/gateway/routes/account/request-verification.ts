import { createRoute } from "@hono/zod-openapi";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import { fail } from "../../http/context.ts";
import { AS_USER, problems, USER_PROBLEMS } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";

const route = createRoute({
	method: "post",
	path: "/verification",
	tags: ["Account"],
	summary: "Have the link that confirms your address mailed again",
	security: AS_USER,
	responses: {
		202: { description: "A mail is on its way, unless the address is confirmed already." },
		...problems("rate_limited", ...USER_PROBLEMS),
	},
});

export const requestVerification = userRoute(route, async (c) => {
	const result = await askAuth(c, (auth) => auth.requestVerification(c.get("user").sub));
	if (result === null) return authUnavailable(c);
	if (result.ok) return c.body(null, 202);
	if (result.code === "invalid_token") return refuse(c, result.code);
	return fail(
		c,
		result.code,
		"Several links have been mailed to you today, and all of them work. Look among unwanted mail, too.",
		{ "retry-after": String(result.retryAfterSeconds) },
	);
});
