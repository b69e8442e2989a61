import { createMiddleware } from "hono/factory";
import { API_KEY_PREFIX } from "#contracts/api-key-text.ts";
import { fail, type UserContext } from "../http/context.ts";
import type { Access } from "../http/describe-route.ts";
import { log } from "../http/log.ts";
import { bearerToken } from "./bearer-token.ts";
import { mayCall } from "./principal.ts";
import { verifyAccessToken } from "./verify-access-token.ts";
import { verifyApiKey } from "./verify-api-key.ts";

/**
 * Lets a request through when its `Authorization: Bearer` (RFC 6750) is a valid access token, or an
 * API key with the scope that the route demands.
 */
export const requireAccess = (access: Access) =>
	createMiddleware<UserContext>(async (c, next) => {
		const token = bearerToken(c.req.header("authorization"));
		if (token === null) {
			return fail(
				c,
				"unauthenticated",
				"Send `Authorization: Bearer <token>`, with the token that POST /login gives or an API key.",
			);
		}
		const isKey = token.startsWith(API_KEY_PREFIX);
		const verified = isKey
			? await verifyApiKey(c.env.AUTH, token, new Date())
			: await verifyAccessToken(c.env.AUTH, c.env.PUBLIC_URL, token, new Date());
		if (!verified.ok) {
			const { code, reason } = verified;
			log(code === "invalid_token" ? "info" : "error", code, {
				requestId: c.get("requestId"),
				reason,
			});
			if (code === "auth_unavailable") {
				return fail(c, code, "Tokens cannot be checked right now. Try again in a minute.");
			}
			return isKey
				? fail(c, code, "The API key is unknown, expired or revoked. Use another.")
				: fail(c, code, "The token is malformed, expired or not ours. Log in again.");
		}
		if (!mayCall(verified.claims, access)) {
			const [, keys] = access;
			if (keys === undefined) {
				return fail(c, "insufficient_scope", "API keys may not do this. Log in with POST /login.");
			}
			const scope = keys.key.join(" ");
			return fail(c, "insufficient_scope", `Use a key with the scope \`${scope}\`.`, {
				"www-authenticate": `Bearer realm="earshot", error="insufficient_scope", scope="${scope}"`,
			});
		}
		c.set("user", verified.claims);
		return next();
	});
