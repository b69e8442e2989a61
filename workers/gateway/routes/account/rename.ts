import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { accountDocument, personName } from "#contracts/account.ts";
import { askAuth } from "../../authentication/ask-auth.ts";
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
	const answer = await askAuth(c, () => c.env.AUTH.renameAccount(c.get("user").sub, name));
	if (!answer.isHeard) return answer.failure;
	return answer.value === null ? refuse(c, "invalid_token") : c.json(answer.value, 200);
});
