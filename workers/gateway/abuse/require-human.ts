import { createMiddleware } from "hono/factory";
import { fail, type GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";
import { verifyTurnstile } from "./verify-turnstile.ts";

/** Turnstile's tokens have at most so many. */
const MAX_TOKEN_CHARACTERS = 2048;

/** For route definitions. */
export const turnstileHeader = {
	name: "Turnstile-Token",
	in: "header" as const,
	schema: { type: "string" as const, maxLength: MAX_TOKEN_CHARACTERS },
	description: "Where Turnstile is on: what its widget gave. Good once, for five minutes.",
};

/**
 * Lets nobody through but who shows a Turnstile token; everybody, where the secret `TURNSTILE_SECRET`
 * is not set. While Cloudflare cannot tell, nobody comes through either: this stands before what
 * robots would do a thousand times.
 */
export const requireHuman = createMiddleware<GatewayContext>(async (c, next) => {
	const secret = c.env.TURNSTILE_SECRET;
	if (!secret) return next();
	const token = c.req.header("turnstile-token");
	if (!token || token.length > MAX_TOKEN_CHARACTERS) {
		return fail(c, "turnstile_failed", "Send what the Turnstile widget gave in `Turnstile-Token`.");
	}
	const verdict = await verifyTurnstile(secret, token, c.req.header("cf-connecting-ip"));
	if (verdict.ok) return next();
	const { why, reason } = verdict;
	const requestId = c.get("requestId");
	log(why === "bad_token" ? "info" : "error", "turnstile_failed", { requestId, why, reason });
	return why === "bad_token"
		? fail(c, "turnstile_failed", "The token was used before, or is too old. Do the widget again.")
		: fail(
				c,
				"auth_unavailable",
				"It cannot be told who is human right now. Try again in a minute.",
			);
});
