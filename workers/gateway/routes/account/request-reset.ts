import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { emailAddress } from "#contracts/email-address.ts";
import { limitPasswordReset } from "../../abuse/rate-limited.ts";
import { requireHuman, turnstileHeader } from "../../abuse/require-human.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { BODY_PROBLEMS, jsonBody, problems } from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { publicRoute } from "../../http/public-route.ts";

const route = createRoute({
	method: "post",
	path: "/password-reset",
	tags: ["Account"],
	summary: "Have a link to a new password mailed",
	description:
		"It works for an hour. Whether the address has an account, the answer does not tell.",
	middleware: [limitJson, limitPasswordReset, requireHuman] as const,
	parameters: [turnstileHeader],
	request: { body: jsonBody(z.strictObject({ username: emailAddress })) },
	responses: {
		202: {
			description:
				"If the address has an account, a mail is on its way, unless three links work already.",
		},
		...problems(
			...BODY_PROBLEMS,
			"turnstile_failed",
			"rate_limited",
			"auth_unavailable",
			"internal",
		),
	},
});

export const requestReset = publicRoute(route, async (c) => {
	const { username } = c.req.valid("json");
	const result = await askAuth(c, (auth) => auth.requestPasswordReset(username));
	return result === null ? authUnavailable(c) : c.body(null, 202);
});
