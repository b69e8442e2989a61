import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { accessTokenClaims } from "#contracts/account.ts";
import { requireUser } from "../authentication/require-user.ts";
import type { UserContext } from "../http/context.ts";
import { AS_USER, json, problems, USER_PROBLEMS } from "../http/describe-route.ts";

const validateRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Account"],
	summary: "What a token says",
	security: AS_USER,
	responses: {
		200: json(accessTokenClaims, "The token is valid; these are its claims."),
		...problems(...USER_PROBLEMS),
	},
});

export const validate = new OpenAPIHono<UserContext>();
validate.use(requireUser);
validate.openapi(validateRoute, (c) => c.json(c.get("user"), 200));
