import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { limitPasswordCheck } from "../../abuse/rate-limited.ts";
import { removeAccount } from "../../accounts/remove-account.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { refuse } from "../../authentication/refuse.ts";
import {
	AS_USER,
	BODY_PROBLEMS,
	jsonBody,
	problems,
	USER_PROBLEMS,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";

const route = createRoute({
	method: "delete",
	path: "/",
	tags: ["Account"],
	summary: "Delete your account and everything in it",
	description:
		"Conversions, videos, MP3s, sessions, keys: nothing stays, and nothing can be brought back. The address is free to register again.",
	security: AS_USER,
	middleware: [limitPasswordCheck, limitJson] as const,
	request: { body: jsonBody(z.strictObject({ password: z.string() })) },
	responses: {
		204: { description: "The account is gone." },
		...problems(
			...BODY_PROBLEMS,
			"password_not_set",
			"wrong_password",
			"rate_limited",
			...USER_PROBLEMS,
		),
	},
});

export const remove = userRoute(route, async (c) => {
	const userId = c.get("user").sub;
	const { password } = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.deleteAccount({ userId, password }));
	if (result === null) return authUnavailable(c);
	if (!result.ok) return refuse(c, result.code);
	// A client that hangs up cancels the request; the rest would then wait for the watchdog.
	const removing = removeAccount(c.env, c.get("db"), userId);
	c.executionCtx.waitUntil(removing);
	await removing;
	return c.body(null, 204);
});
