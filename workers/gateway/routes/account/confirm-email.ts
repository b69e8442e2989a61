import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { accountDocument } from "#contracts/account.ts";
import { askAuth } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { publicRoute } from "../../http/public-route.ts";
import { linkToken } from "./link-token.ts";

const route = createRoute({
	method: "post",
	path: "/email/confirm",
	tags: ["Account"],
	summary: "Confirm a new address",
	description: "With the token that was mailed there. Sessions stay; all other mailed links end.",
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ token: linkToken })) },
	responses: {
		200: json(accountDocument, "The account has moved."),
		...problems(...BODY_PROBLEMS, "invalid_link", "auth_unavailable", "internal"),
	},
});

export const confirmEmail = publicRoute(route, async (c) => {
	const { token } = c.req.valid("json");
	const answer = await askAuth(c, () => c.env.AUTH.confirmEmailChange(token));
	if (!answer.isHeard) return answer.failure;
	return answer.value.ok ? c.json(answer.value.account, 200) : refuse(c, answer.value.code);
});
