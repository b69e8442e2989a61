import type { Context } from "hono";
import { generateCookie, getCookie } from "hono/cookie";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";

/*
 * The cookie that a browser's refresh token lives in (RFC 6265bis). Scripts cannot read it, and it is
 * sent to /session alone: requests with an access token carry it nowhere.
 */

const NAME = "session";
const PREFIX = "secure";

/** As it is known outside. */
export const SESSION_COOKIE = `__Secure-${NAME}`;

const ATTRIBUTES = {
	prefix: PREFIX,
	path: "/session",
	httpOnly: true,
	secure: true,
	sameSite: "Lax",
} as const;

/** `Set-Cookie` with a new refresh token. */
export const sessionCookie = (refreshToken: string): string =>
	generateCookie(NAME, refreshToken, { ...ATTRIBUTES, maxAge: SESSION_KEPT_MS / 1000 });

/** `Set-Cookie` that takes it away. */
export const clearedSessionCookie = (): string =>
	generateCookie(NAME, "", { ...ATTRIBUTES, maxAge: 0 });

/** The refresh token of a request. Null when there is none, or none that could be ours. */
export function refreshTokenOf(c: Context): string | null {
	const token = getCookie(c, NAME, PREFIX) ?? "";
	return /^[\w-]{43}$/.test(token) ? token : null;
}
