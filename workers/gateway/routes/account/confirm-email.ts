import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { accountDocument } from "#contracts/account.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
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
	const result = await askAuth(c, (auth) => auth.confirmEmailChange(token));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
