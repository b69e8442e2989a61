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
		201: json(account, "A mail is on its way to the address."),
		...problems(...BODY_PROBLEMS, "auth_unavailable", "internal"),
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
