import { createRoute } from "@hono/zod-openapi";
import { accountDocument } from "#contracts/account.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import { AS_USER, json, problems, USER_PROBLEMS } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";

const route = createRoute({
	method: "get",
	path: "/",
	tags: ["Account"],
	summary: "Your account",
	security: AS_USER,
	responses: {
		200: json(accountDocument, "As it is now; a token may tell of an earlier state."),
		...problems(...USER_PROBLEMS),
	},
});

export const get = userRoute(route, async (c) => {
	const result = await askAuth(c, (auth) => auth.account(c.get("user").sub));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
