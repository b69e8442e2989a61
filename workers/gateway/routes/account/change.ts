import { createRoute } from "@hono/zod-openapi";
import { accountChange, accountDocument } from "#contracts/account.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import {
	AS_USER,
	BODY_PROBLEMS,
	json,
	jsonBody,
	problems,
	USER_PROBLEMS,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";

const route = createRoute({
	method: "patch",
	path: "/",
	tags: ["Account"],
	summary: "Change your name, and which mail you get",
	security: AS_USER,
	middleware: limitJson,
	request: { body: jsonBody(accountChange) },
	responses: {
		200: json(accountDocument, "Your account."),
		...problems(...BODY_PROBLEMS, ...USER_PROBLEMS),
	},
});

export const change = userRoute(route, async (c) => {
	const wish = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.changeAccount(c.get("user").sub, wish));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
