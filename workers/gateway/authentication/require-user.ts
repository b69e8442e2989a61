import { createMiddleware } from "hono/factory";
import { fail, type UserContext } from "../http/context.ts";
import { log } from "../http/log.ts";
import { refuse } from "./refuse.ts";
import { verifyAccessToken } from "./verify-access-token.ts";

/** Lets a request through when it carries a valid `Authorization: Bearer` access token (RFC 6750). */
export const requireUser = createMiddleware<UserContext>(async (c, next) => {
	const token = bearerToken(c.req.header("authorization"));
	if (token === null) {
		return fail(
			c,
			"unauthenticated",
			"Send `Authorization: Bearer <token>`, with the token that POST /login gives.",
		);
	}
	const verified = await verifyAccessToken(c.env.AUTH, c.env.PUBLIC_URL, token, new Date());
	if (!verified.ok) {
		const { code, reason } = verified;
		log(code === "invalid_token" ? "info" : "error", code, {
			requestId: c.get("requestId"),
			reason,
		});
		return code === "invalid_token"
			? refuse(c, "invalid_token")
			: fail(c, code, "Tokens cannot be checked right now. Try again in a minute.");
	}
	c.set("user", verified.claims);
	return next();
});

/** The token of an `Authorization: Bearer` header. Null when there is none. */
export function bearerToken(header: string | undefined): string | null {
	return /^bearer +([\w~+/.-]+=*)$/i.exec(header?.trim() ?? "")?.[1] ?? null;
}
