import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { emailAddress } from "#contracts/email-address.ts";
import { askAuth } from "../../authentication/ask-auth.ts";
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
	middleware: limitJson,
	request: { body: jsonBody(z.strictObject({ username: emailAddress })) },
	responses: {
		202: {
			description:
				"If the address has an account, a mail is on its way, unless three links work already.",
		},
		...problems(...BODY_PROBLEMS, "auth_unavailable", "internal"),
	},
});

export const requestReset = publicRoute(route, async (c) => {
	const { username } = c.req.valid("json");
	const answer = await askAuth(c, () => c.env.AUTH.requestPasswordReset(username));
	return answer.isHeard ? c.body(null, 202) : answer.failure;
});
