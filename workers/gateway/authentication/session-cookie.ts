import { generateCookie } from "hono/cookie";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";

/** `Set-Cookie` with a refresh token, where scripts cannot read it; sent to `/session` alone. */
export const sessionCookie = (refreshToken: string): string =>
	generateCookie("session", refreshToken, {
		prefix: "secure",
		path: "/session",
		httpOnly: true,
		secure: true,
		sameSite: "Lax",
		maxAge: SESSION_KEPT_MS / 1000,
	});
