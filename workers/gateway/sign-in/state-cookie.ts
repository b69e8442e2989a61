import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { STATE_COOKIE_SECONDS } from "../limits.ts";

/*
 * What a browser keeps while it is at a provider (workers/auth/sign-in/sign-in-state.ts). Lax, as it
 * comes back by a link of another site; nothing but sign-in ever sees it.
 */

const NAME = "sign-in";
const ATTRIBUTES = {
	prefix: "secure",
	path: "/sign-in",
	secure: true,
	httpOnly: true,
	sameSite: "Lax",
} as const;

export const readStateCookie = (c: Context): string | null =>
	getCookie(c, NAME, ATTRIBUTES.prefix) ?? null;

export function setStateCookie(c: Context, stateToken: string): void {
	setCookie(c, NAME, stateToken, { ...ATTRIBUTES, maxAge: STATE_COOKIE_SECONDS });
}

export function clearStateCookie(c: Context): void {
	deleteCookie(c, NAME, ATTRIBUTES);
}
