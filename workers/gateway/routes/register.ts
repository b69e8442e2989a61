import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { account, registration } from "#contracts/account.ts";
import { describeError } from "#contracts/log-line.ts";
import { limitRegistration } from "../abuse/rate-limited.ts";
import { requireHuman, turnstileHeader } from "../abuse/require-human.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";
import { log } from "../http/log.ts";

const registerRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "Make an account",
	middleware: [limitJson, limitRegistration, requireHuman] as const,
	request: { body: jsonBody(registration) },
	parameters: [turnstileHeader],
	responses: {
		201: json(account, "A mail is on its way to the address."),
		...problems(
			...BODY_PROBLEMS,
			"turnstile_failed",
			"rate_limited",
			"auth_unavailable",
			"internal",
		),
	},
});

export const register = new OpenAPIHono<GatewayContext>();
register.openapi(registerRoute, async (c) => {
	try {
		return c.json(await c.env.AUTH.register(c.req.valid("json")), 201);
	} catch (error) {
		log("error", "auth_unavailable", {
			requestId: c.get("requestId"),
			reason: describeError(error),
		});
		return fail(c, "auth_unavailable", "Accounts cannot be made right now. Try again in a minute.");
	}
});
