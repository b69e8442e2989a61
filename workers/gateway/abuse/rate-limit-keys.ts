import { createHash } from "node:crypto";
import type { Context } from "hono";
import { basicCredentials } from "../authentication/basic-credentials.ts";
import type { GatewayContext, UserContext } from "../http/context.ts";
import { networkOf } from "./network-of.ts";

/** What requests are counted by. Null: a request that cannot be counted, and is let through. */
export type RateLimitKey = (c: Context<GatewayContext>) => string | null | Promise<string | null>;

export const byNetwork: RateLimitKey = (c) => networkOf(c.req.raw.headers);

/** Whoever has logged in, or whose key it is. */
export const byUser: RateLimitKey = (c: Context<GatewayContext> | Context<UserContext>) =>
	(c as Context<UserContext>).get("user").sub;

/** The address that somebody would log in with. */
export const byLoginAddress: RateLimitKey = (c) => {
	const credentials = basicCredentials(c.req.header("authorization"));
	return credentials && hashOf(credentials.email);
};

/** The address in a body of JSON, in whichever of these fields it stands. */
export const byAddressIn =
	(...fields: string[]): RateLimitKey =>
	async (c) => {
		if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) return null;
		const body: unknown = await c.req.json().catch(() => null);
		if (typeof body !== "object" || body === null) return null;
		const values = fields.map((field) => (body as Record<string, unknown>)[field]);
		const address = values.find((value) => typeof value === "string");
		return address === undefined ? null : hashOf(address);
	};

/** Counts by all of these together. */
export const byBoth =
	(...keys: RateLimitKey[]): RateLimitKey =>
	async (c) => {
		const parts = await Promise.all(keys.map((key) => key(c)));
		return parts.includes(null) ? null : parts.join(" ");
	};

/** Of an address as it is logged in with; counters know no addresses. */
const hashOf = (address: string): string =>
	createHash("sha256").update(address.trim().toLowerCase()).digest("base64url");
