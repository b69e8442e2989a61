import { Hono } from "hono";
import { describeError } from "#contracts/log-line.ts";
import { basicCredentials } from "../authentication/basic-credentials.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";

const REFUSAL = "Send your address and password with HTTP Basic authentication.";

/**
 * `POST /login` with HTTP Basic: 200 with the bare token, or JSON `{token, expiresAt}` when the
 * client accepts that rather than text.
 */
export const login = new Hono<GatewayContext>().post("/", async (c) => {
	const credentials = basicCredentials(c.req.header("authorization"));
	if (credentials === null) return fail(c, "invalid_credentials", REFUSAL);
	let result: Awaited<ReturnType<typeof c.env.AUTH.login>>;
	try {
		result = await c.env.AUTH.login(credentials.email, credentials.password);
	} catch (error) {
		log("error", "auth_unavailable", {
			requestId: c.get("requestId"),
			reason: describeError(error),
		});
		return fail(c, "auth_unavailable", "Nobody can log in right now. Try again in a minute.");
	}
	if (!result.ok) return fail(c, result.code, REFUSAL);
	c.header("cache-control", "no-store");
	if (c.req.header("accept")?.includes("application/json")) {
		return c.json({ token: result.token, expiresAt: new Date(result.expiresAtMs).toISOString() });
	}
	return c.text(result.token);
});
