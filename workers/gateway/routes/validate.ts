import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { accessTokenClaims } from "#contracts/account.ts";
import { apiKeyClaims } from "#contracts/api-key.ts";
import type { UserContext } from "../http/context.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../http/describe-route.ts";
import { userRoute } from "../http/user-route.ts";

const validateRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "What a token or an API key says",
	security: withKey(),
	responses: {
		200: json(
			z.union([accessTokenClaims, apiKeyClaims]),
			"It is valid; this is whose it is, and what an API key may do.",
		),
		...problems(...USER_PROBLEMS),
	},
});

const answer = userRoute(validateRoute, (c) => c.json(c.get("user"), 200));

export const validate = new OpenAPIHono<UserContext>();
validate.openapiRoutes([answer] as const);
