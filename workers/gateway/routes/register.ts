import { Hono } from "hono";
import { registration } from "#contracts/account.ts";
import { describeError } from "#contracts/log-line.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { readJson } from "../http/json-body.ts";
import { log } from "../http/log.ts";

/** `POST /register` `{name, username, password}`: 201 with the account. */
export const register = new Hono<GatewayContext>().post("/", async (c) => {
	const body = await readJson(c.req.raw, registration);
	if (!body.ok) return fail(c, "invalid_body", body.detail);
	let result: Awaited<ReturnType<typeof c.env.AUTH.register>>;
	try {
		result = await c.env.AUTH.register(body.value);
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
