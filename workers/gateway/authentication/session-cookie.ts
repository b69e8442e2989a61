import type { Context } from "hono";
import { setCookie } from "hono/cookie";

/** A session's refresh token, where scripts cannot read it; sent to `/session` alone. */
export function setSessionCookie(c: Context, refreshToken: string, expiresAtMs: number): void {
	setCookie(c, "earshot-session", refreshToken, {
		prefix: "secure",
		path: "/session",
		secure: true,
		httpOnly: true,
		sameSite: "Strict",
		expires: new Date(expiresAtMs),
	});
}
