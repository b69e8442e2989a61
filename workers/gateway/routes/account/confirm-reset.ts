import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { accountDocument } from "#contracts/account.ts";
import { newPassword } from "#contracts/password.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { publicRoute } from "../../http/public-route.ts";
import { linkToken } from "./link-token.ts";

const route = createRoute({
	method: "post",
	path: "/password-reset/confirm",
	tags: ["Account"],
	summary: "Set a new password by a mailed link",
	description:
		"You are logged out everywhere, and other mailed links end. The address counts as confirmed. API keys go on working, unless they are older than that.",
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ token: linkToken, password: newPassword })) },
	responses: {
		200: json(accountDocument, "From now on the new password counts."),
		...problems(
			...BODY_PROBLEMS,
			"invalid_link",
			"password_too_common",
			"auth_unavailable",
			"internal",
		),
	},
});

export const confirmReset = publicRoute(route, async (c) => {
	const reset = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.confirmPasswordReset(reset));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 200) : refuse(c, result.code);
});
