import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { account, registration } from "#contracts/account.ts";
import { describeError } from "#contracts/log-line.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";
import { log } from "../http/log.ts";

const registerRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "Make an account",
	middleware: limitJson,
	request: { body: jsonBody(registration) },
	responses: {
		201: json(account, "The account."),
		...problems(...BODY_PROBLEMS, "email_taken", "auth_unavailable", "internal"),
	},
});

export const register = new OpenAPIHono<GatewayContext>();
register.openapi(registerRoute, async (c) => {
	let result: Awaited<ReturnType<typeof c.env.AUTH.register>>;
	try {
		result = await c.env.AUTH.register(c.req.valid("json"));
	} catch (error) {
		log("error", "auth_unavailable", {
			requestId: c.get("requestId"),
			reason: describeError(error),
		});
		return fail(c, "auth_unavailable", "Accounts cannot be made right now. Try again in a minute.");
	}
	if (!result.ok) return fail(c, result.code, "Log in, or register another address.");
	return c.json(result.account, 201);
});
