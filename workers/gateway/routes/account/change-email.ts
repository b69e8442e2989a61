import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { emailAddress } from "#contracts/email-address.ts";
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
	method: "post",
	path: "/email",
	tags: ["Account"],
	summary: "Move to another address",
	description:
		"The new address is mailed a link. Nothing changes until it is opened; then the old address is told. If the new one has an account, its owner is told instead, and the answer is the same.",
	security: AS_USER,
	middleware: [limitPasswordCheck, limitJson] as const,
	request: { body: jsonBody(z.strictObject({ username: emailAddress, password: z.string() })) },
	responses: {
		202: { description: "A mail is on its way, unless three links work already." },
		...problems(
			...BODY_PROBLEMS,
			"password_not_set",
			"wrong_password",
			"rate_limited",
			...USER_PROBLEMS,
		),
	},
});

export const changeEmail = userRoute(route, async (c) => {
	const change = { userId: c.get("user").sub, ...c.req.valid("json") };
	const result = await askAuth(c, (auth) => auth.requestEmailChange(change));
	if (result === null) return authUnavailable(c);
	return result.ok ? c.body(null, 202) : refuse(c, result.code);
});
