import { createMiddleware } from "hono/factory";
import type { GatewayContext } from "./context.ts";

/**
 * Reads on, in the background, when a request was answered before its body ended. Otherwise the
 * connection breaks under a client that is still sending, and it never sees why it was refused.
 * Bodies nobody has begun to read are left to the runtime, which handles them well.
 */
export const drainBody = createMiddleware<GatewayContext>(async (c, next) => {
	await next();
	const { body, bodyUsed } = c.req.raw;
	if (!bodyUsed || body === null || body.locked) return;
	c.executionCtx.waitUntil(body.pipeTo(new WritableStream()).catch(() => {}));
});
