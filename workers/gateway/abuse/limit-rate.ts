import { createMiddleware } from "hono/factory";
import { fail, type GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";
import { RATE_LIMIT_SECONDS, RATE_LIMITS } from "../limits.ts";
import type { RateLimitKey } from "./rate-limit-keys.ts";

/** The binding that counts, and what it counts by. */
type Rule = [binding: keyof typeof RATE_LIMITS, key: RateLimitKey];

/**
 * Refuses what comes too often. Rules are asked in turn and the first one that is broken ends it, so
 * that who is over a limit of their own uses up nothing of somebody else's.
 *
 * The answer tells of the limit in the fields of draft-ietf-httpapi-ratelimit-headers-10. Bindings do
 * not say when the period ends, so the time is the longest it can take.
 */
export const limitRate = (...rules: Rule[]) =>
	createMiddleware<GatewayContext>(async (c, next) => {
		for (const [binding, keyOf] of rules) {
			const key = await keyOf(c);
			if (key === null || (await c.env[binding].limit({ key })).success) continue;
			log("warn", "rate_limited", { requestId: c.get("requestId"), limit: binding });
			const name = binding.toLowerCase().replaceAll("_", "-");
			return fail(c, "rate_limited", "That was too often. Wait a minute, then go on.", {
				"retry-after": String(RATE_LIMIT_SECONDS),
				"ratelimit-policy": `"${name}";q=${RATE_LIMITS[binding]};w=${RATE_LIMIT_SECONDS}`,
				ratelimit: `"${name}";r=0;t=${RATE_LIMIT_SECONDS}`,
			});
		}
		return next();
	});
