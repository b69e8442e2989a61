import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { account, registration } from "#contracts/account.ts";
import { limitRegistration } from "../abuse/rate-limited.ts";
import { requireHuman, turnstileHeader } from "../abuse/require-human.ts";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import { refuse } from "../authentication/refuse.ts";
import type { GatewayContext } from "../http/context.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";

const registerRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "Make an account",
	description:
		"The address is confirmed by a link that is mailed to it. If it has an account already, its owner is told by mail, and the answer is the same.",
	middleware: [limitJson, limitRegistration, requireHuman] as const,
	request: { body: jsonBody(registration) },
	parameters: [turnstileHeader],
	responses: {
		201: json(account, "A mail is on its way to the address."),
		...problems(
			...BODY_PROBLEMS,
			"password_too_common",
			"turnstile_failed",
			"rate_limited",
			"auth_unavailable",
			"internal",
		),
	},
});

export const register = new OpenAPIHono<GatewayContext>();
register.openapi(registerRoute, async (c) => {
	const result = await askAuth(c, (auth) => auth.register(c.req.valid("json")));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.json(result.account, 201) : refuse(c, result.code);
});
