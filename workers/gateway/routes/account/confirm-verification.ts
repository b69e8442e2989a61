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
	path: "/verification/confirm",
	tags: ["Account"],
	summary: "Confirm an address",
	description: "With the token that was mailed there.",
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ token: linkToken })) },
	responses: {
		200: json(accountDocument, "The address is confirmed, and counts at once."),
		...problems(...BODY_PROBLEMS, "invalid_link", "auth_unavailable", "internal"),
	},
});

export const confirmVerification = publicRoute(route, async (c) => {
	const { token } = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.confirmVerification(token));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
