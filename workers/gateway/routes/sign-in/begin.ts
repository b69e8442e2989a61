import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { problems } from "../../http/describe-route.ts";
import { log } from "../../http/log.ts";
import { publicRoute } from "../../http/public-route.ts";
import { returnPath } from "../../sign-in/return-path.ts";
import { setStateCookie } from "../../sign-in/state-cookie.ts";
import { params, unavailableProvider, unknownProvider } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{provider}",
	tags: ["Account"],
	summary: "Sign in with an account of another site",
	description: "For browsers: it leads to the provider, and from there to the callback.",
	request: {
		params,
		query: z.object({
			returnTo: z
				.string()
				.optional()
				.describe("The path to go to in the end. Anything else than a path of ours is ignored."),
		}),
	},
	responses: {
		302: {
			description: "To the provider. A cookie remembers this for ten minutes.",
			headers: z.object({ location: z.string() }),
		},
		...problems("not_found", "rate_limited", "sign_in_unavailable", "auth_unavailable", "internal"),
	},
});

export const begin = publicRoute(route, async (c) => {
	const { provider } = c.req.valid("param");
	const returnTo = returnPath(c.req.valid("query").returnTo, c.env.PUBLIC_URL);
	const begun = await askAuth(c, (auth) => auth.beginSignIn(provider, returnTo));
	if (begun === null) return authUnavailable(c);
	if (!begun.ok) {
		if (begun.code === "not_found") return unknownProvider(c);
		const { reason } = begun;
		log("error", begun.code, { requestId: c.get("requestId"), provider, reason });
		return unavailableProvider(c);
	}
	setStateCookie(c, begun.stateToken);
	c.header("cache-control", "no-store");
	return c.redirect(begun.location, 302);
});
