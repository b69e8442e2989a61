import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import type { GatewayContext } from "../http/context.ts";
import { json, problems } from "../http/describe-route.ts";

/** Whatever else a key might have is left out: `d` would be the private half. */
const publicKey = z.object({
	kty: z.literal("EC"),
	crv: z.literal("P-256"),
	x: z.string(),
	y: z.string(),
	kid: z.string(),
	alg: z.literal("ES256"),
	use: z.literal("sig"),
});
const jwkSet = z.object({ keys: z.array(publicKey) });

const jwksRoute = createRoute({
	method: "get",
	path: "/jwks.json",
	tags: ["Service"],
	summary: "The public keys that access tokens are signed with",
	description: "RFC 7517, newest first. Look again when a token names a key that is not here.",
	responses: {
		200: json(jwkSet, "The keys."),
		...problems("auth_unavailable", "internal"),
	},
});

export const jwks = new OpenAPIHono<GatewayContext>();
jwks.openapi(jwksRoute, async (c) => {
	const keys = await askAuth(c, (auth) => auth.jwks());
	if (keys === null) return authUnavailable(c);
	return c.json(jwkSet.parse(keys), 200, { "cache-control": "public, max-age=300" });
});
