import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { limitLogin } from "../abuse/rate-limited.ts";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import { basicCredentials } from "../authentication/basic-credentials.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { problems } from "../http/describe-route.ts";

const REFUSAL = "Send your address and password with HTTP Basic authentication.";

const loginRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "Get a token",
	description: "As bare text, or as JSON with its expiry when the client accepts JSON.",
	security: [{ password: [] }],
	middleware: limitLogin,
	responses: {
		200: {
			description: "The token: send it as `Authorization: Bearer <token>`.",
			content: {
				"text/plain": { schema: z.string() },
				"application/json": {
					schema: z.object({ token: z.string(), expiresAt: z.iso.datetime() }),
				},
			},
		},
		...problems("invalid_credentials", "rate_limited", "auth_unavailable", "internal"),
	},
});

export const login = new OpenAPIHono<GatewayContext>();
login.openapi(loginRoute, async (c) => {
	const credentials = basicCredentials(c.req.header("authorization"));
	if (credentials === null) return fail(c, "invalid_credentials", REFUSAL);
	const { email, password } = credentials;
	const result = await askAuth(c, (auth) => auth.login(email, password));
	if (result === null) return authUnavailable(c);
	if (!result.ok) return fail(c, result.code, REFUSAL);
	c.header("cache-control", "no-store");
	if (c.req.header("accept")?.includes("application/json")) {
		const expiresAt = new Date(result.expiresAtMs).toISOString();
		return c.json({ token: result.token, expiresAt }, 200);
	}
	return c.text(result.token, 200);
});
