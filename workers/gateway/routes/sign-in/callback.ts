import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import type { SignInFailure } from "../../../auth/sign-in/complete-sign-in.ts";
import { askAuth, authUnavailable } from "../../authentication/ask-auth.ts";
import { sessionCookie } from "../../authentication/session-cookie.ts";
import { fail } from "../../http/context.ts";
import { problems } from "../../http/describe-route.ts";
import { log } from "../../http/log.ts";
import { publicRoute } from "../../http/public-route.ts";
import { clearStateCookie, readStateCookie } from "../../sign-in/state-cookie.ts";
import { params, unavailableProvider, unknownProvider } from "./params.ts";

const DETAILS: Record<SignInFailure, string> = {
	not_begun_here:
		"This was not begun in this browser within the last ten minutes, or it keeps no cookies. Begin again.",
	refused: "The provider did not sign you in. Begin again, and agree there.",
	not_trusted:
		"What the provider sent does not hold, or was used before. Begin again; if it stays like this, report it with the requestId.",
	no_verified_address:
		"The provider does not vouch for an address of yours. Confirm your address there, or register with a password.",
	account_deleted: "The account of this address is being deleted. Register again when it is gone.",
};

const route = createRoute({
	method: "get",
	path: "/{provider}/callback",
	tags: ["Account"],
	summary: "Where a provider sends browsers back to",
	request: { params },
	responses: {
		303: {
			description: "Signed in: a cookie holds the session. To where the browser asked to go.",
			headers: z.object({ location: z.string() }),
		},
		...problems(
			"not_found",
			"rate_limited",
			"sign_in_failed",
			"sign_in_unavailable",
			"auth_unavailable",
			"internal",
		),
	},
});

export const callback = publicRoute(route, async (c) => {
	const { provider } = c.req.valid("param");
	const answer = {
		query: new URL(c.req.url).search,
		stateToken: readStateCookie(c),
		userAgent: c.req.header("user-agent") ?? "",
	};
	const completed = await askAuth(c, (auth) => auth.completeSignIn(provider, answer));
	if (completed === null) return authUnavailable(c);
	if (!completed.ok) {
		const { code, reason } = completed;
		log("warn", "sign_in_failed", { requestId: c.get("requestId"), provider, code, reason });
		if (completed.code === "sign_in_failed")
			return fail(c, completed.code, DETAILS[completed.cause]);
		return completed.code === "not_found" ? unknownProvider(c) : unavailableProvider(c);
	}
	clearStateCookie(c);
	c.header("set-cookie", sessionCookie(completed.refreshToken), { append: true });
	c.header("cache-control", "no-store");
	return c.redirect(completed.returnTo, 303);
});
