import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { json, problems } from "../../http/describe-route.ts";
import { publicRoute } from "../../http/public-route.ts";

const providers = z.object({
	providers: z.array(z.object({ id: z.string(), name: z.string(), url: z.string() })),
});

const route = createRoute({
	method: "get",
	path: "/",
	tags: ["Account"],
	summary: "Where one can sign in with an account of another site",
	description: "Send a browser to the `url` of one of them.",
	responses: {
		200: json(providers, "None, if there are none."),
		...problems("rate_limited", "auth_unavailable", "internal"),
	},
});

export const list = publicRoute(route, async (c) => {
	const found = await askAuth(c, (auth) => auth.signInProviders());
	if (found === null) return authUnavailable(c);
	const providers = found.map(({ id, name }) => ({ id, name, url: `/sign-in/${id}` }));
	return c.json({ providers }, 200);
});
