import { createMiddleware } from "hono/factory";
import type { GatewayContext } from "./context.ts";

/**
 * Reads a body to its end before a refusal is sent. Otherwise the connection may break under a
 * client that is still sending, and it never sees why it was refused. Cloudflare bounds bodies,
 * and what nobody has begun to read is left to the runtime, which handles it well.
 */
export const drainBody = createMiddleware<GatewayContext>(async (c, next) => {
	await next();
	const { body, bodyUsed } = c.req.raw;
	if (!bodyUsed || body === null || body.locked) return;
	// The client may be gone; then there is nobody to tell either.
	await body.pipeTo(new WritableStream()).catch(() => {});
});
