import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { newPassword } from "#contracts/password.ts";
import { limitPasswordCheck } from "../../abuse/rate-limited.ts";
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
	method: "put",
	path: "/password",
	tags: ["Account"],
	summary: "Change your password",
	description:
		"You are logged out everywhere, and mailed links end. API keys go on working. A mail tells you.",
	security: AS_USER,
	middleware: [limitPasswordCheck, limitJson] as const,
	request: { body: jsonBody(z.strictObject({ currentPassword: z.string(), newPassword })) },
	responses: {
		204: { description: "From now on the new one counts." },
		...problems(
			...BODY_PROBLEMS,
			"password_not_set",
			"password_too_common",
			"wrong_password",
			"rate_limited",
			...USER_PROBLEMS,
		),
	},
});

export const changePassword = userRoute(route, async (c) => {
	const change = { userId: c.get("user").sub, ...c.req.valid("json") };
	const result = await askAuth(c, (auth) => auth.changePassword(change));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.body(null, 204) : refuse(c, result.code);
});
