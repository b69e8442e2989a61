import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { accountDocument, personName } from "#contracts/account.ts";
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
	summary: "Change your name",
	description: "It stands in mails to you.",
	security: AS_USER,
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ name: personName })) },
	responses: {
		200: json(accountDocument, "Your account."),
		...problems(...BODY_PROBLEMS, ...USER_PROBLEMS),
	},
});

export const rename = userRoute(route, async (c) => {
	const { name } = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.renameAccount(c.get("user").sub, name));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
