import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { limitLogin } from "../abuse/rate-limited.ts";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import { basicCredentials } from "../authentication/basic-credentials.ts";
import { requireSameOrigin } from "../authentication/require-same-origin.ts";
import {
	clearedSessionCookie,
	refreshTokenOf,
	sessionCookie,
} from "../authentication/session-cookie.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { json, problems } from "../http/describe-route.ts";
import { SESSION_CHALLENGE } from "../http/problem.ts";

/*
 * The session of a browser: what acts on its cookie. A browser's list of sessions is in sessions.ts.
 */

const accessToken = z.object({ token: z.string(), expiresAt: z.iso.datetime() });
const cookie = z.object({ "set-cookie": z.string().describe("HttpOnly, for /session alone.") });

const openRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Sessions"],
	summary: "Log a browser in",
	description:
		"For Earshot's own pages: a token for 15 minutes, and a cookie that gets the next one. The session ends 30 days after its last use. Programs use `POST /login` or an API key.",
	security: [{ password: [] }],
	middleware: [requireSameOrigin, limitLogin] as const,
	responses: {
		200: { ...json(accessToken, "The token, and the cookie."), headers: cookie },
		...problems(
			"invalid_credentials",
			"cross_origin",
			"rate_limited",
			"auth_unavailable",
			"internal",
		),
	},
});

const refreshRoute = createRoute({
	method: "post",
	path: "/refresh",
	tags: ["Sessions"],
	summary: "Get the next token",
	description:
		"Each cookie is good once, and the answer brings the next. One that comes again ends the session, for it was stolen by somebody; only within ten seconds, as when two tabs refresh at once, it gets a token and no cookie.",
	security: [{ session: [] }],
	middleware: requireSameOrigin,
	responses: {
		200: { ...json(accessToken, "The token, and the next cookie."), headers: cookie.partial() },
		...problems("invalid_session", "cross_origin", "auth_unavailable", "internal"),
	},
});

const closeRoute = createRoute({
	method: "delete",
	path: "/",
	tags: ["Sessions"],
	summary: "Log a browser out",
	description:
		"The session ends, and the cookie goes. A token that the session gave works until it expires, for 15 minutes at most.",
	security: [{ session: [] }],
	middleware: requireSameOrigin,
	responses: {
		204: { description: "There is no session, or none any more.", headers: cookie },
		...problems("cross_origin", "auth_unavailable", "internal"),
	},
});

export const session = new OpenAPIHono<GatewayContext>();

session.openapi(openRoute, async (c) => {
	const refuse = () =>
		fail(
			c,
			"invalid_credentials",
			"Send your address and password with HTTP Basic authentication.",
			SESSION_CHALLENGE,
		);
	const credentials = basicCredentials(c.req.header("authorization"));
	if (credentials === null) return refuse();
	const { email, password } = credentials;
	const userAgent = c.req.header("user-agent") ?? "";
	const started = await askAuth(c, (auth) => auth.startSession(email, password, userAgent));
	if (started === null) return authUnavailable(c);
	if (!started.ok) return refuse();
	return c.json(shown(started), 200, {
		"cache-control": "no-store",
		"set-cookie": sessionCookie(started.refreshToken),
	});
});

session.openapi(refreshRoute, async (c) => {
	const refuse = () =>
		fail(c, "invalid_session", "Log in again.", { "set-cookie": clearedSessionCookie() });
	const refreshToken = refreshTokenOf(c);
	if (refreshToken === null) return refuse();
	const refreshed = await askAuth(c, (auth) => auth.refreshSession(refreshToken));
	if (refreshed === null) return authUnavailable(c);
	if (!refreshed.ok) return refuse();
	const next = refreshed.refreshToken;
	return c.json(shown(refreshed), 200, {
		"cache-control": "no-store",
		...(next !== null && { "set-cookie": sessionCookie(next) }),
	});
});

session.openapi(closeRoute, async (c) => {
	const refreshToken = refreshTokenOf(c);
	if (refreshToken !== null) {
		const closed = await askAuth(c, (auth) => auth.closeSession(refreshToken));
		if (closed === null) return authUnavailable(c);
	}
	return c.body(null, 204, { "set-cookie": clearedSessionCookie() });
});

const shown = ({ token, expiresAtMs }: { token: string; expiresAtMs: number }) => ({
	token,
	expiresAt: new Date(expiresAtMs).toISOString(),
});
