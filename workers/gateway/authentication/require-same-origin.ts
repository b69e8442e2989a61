import { createMiddleware } from "hono/factory";
import { fail, type GatewayContext } from "../http/context.ts";

/**
 * Lets a request that acts on the session's cookie through only when its browser says that it comes
 * from Earshot's own pages: by `Origin`, by `Sec-Fetch-Site`, and not by one against the other. A
 * browser sends both, and no page can change either; who sends neither is no browser, and needs no
 * cookie.
 *
 * Hono's own `csrf` asks only where a form could have been sent, and takes one of the two headers for
 * enough. What acts on a cookie here has no reason to be sent otherwise than by our own pages' `fetch`,
 * whatever its content type.
 */
export const requireSameOrigin = createMiddleware<GatewayContext>(async (c, next) => {
	const origin = c.req.header("origin");
	const site = c.req.header("sec-fetch-site");
	const isAlien =
		(origin !== undefined && origin !== new URL(c.env.PUBLIC_URL).origin) ||
		(site !== undefined && site !== "same-origin");
	if (isAlien || (origin === undefined && site === undefined)) {
		return fail(
			c,
			"cross_origin",
			"Only Earshot's own pages may do this. Programs log in with POST /login or use an API key.",
		);
	}
	return next();
});
