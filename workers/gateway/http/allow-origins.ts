import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { GatewayContext } from "./context.ts";

/** Chrome remembers a preflight no longer than this. */
const PREFLIGHT_KEPT_SECONDS = 2 * 60 * 60;

/**
 * Lets pages of other sites read what they are answered: those whose origins stand in `CORS_ORIGINS`,
 * with commas, and by default none.
 *
 * Without credentials: such a page sends a token or a key, which no browser adds by itself. The cookie
 * stays with our own pages (require-same-origin.ts), so /session is left out.
 */
export const allowOrigins = createMiddleware<GatewayContext>(async (c, next) => {
	const origins = c.env.CORS_ORIGINS.split(",").flatMap((origin) => origin.trim() || []);
	if (origins.length === 0 || /^\/session(\/|$)/.test(c.req.path)) return next();
	// tus asks with OPTIONS, too, and is answered by its route.
	const isPreflight = c.req.header("access-control-request-method") !== undefined;
	if (c.req.method === "OPTIONS" && !isPreflight) return next();
	return policy(origins)(c, next);
});

const policy = (origins: string[]) =>
	cors({
		origin: origins,
		allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
		allowHeaders: [
			"Authorization",
			"Content-Type",
			"Content-Digest",
			"Idempotency-Key",
			"Last-Event-ID",
			"If-Match",
			"If-None-Match",
			"If-Range",
			"Range",
			"Tus-Resumable",
			"Upload-Checksum",
			"Upload-Length",
			"Upload-Metadata",
			"Upload-Offset",
			"X-HTTP-Method-Override",
			"Turnstile-Token",
		],
		exposeHeaders: [
			"Location",
			"ETag",
			"Accept-Ranges",
			"Content-Range",
			"Content-Disposition",
			"RateLimit",
			"RateLimit-Policy",
			"Retry-After",
			"Tus-Checksum-Algorithm",
			"Tus-Extension",
			"Tus-Max-Size",
			"Tus-Resumable",
			"Tus-Version",
			"Upload-Expires",
			"Upload-Length",
			"Upload-Metadata",
			"Upload-Offset",
			"WWW-Authenticate",
			"X-Request-Id",
		],
		maxAge: PREFLIGHT_KEPT_SECONDS,
	});
