import type { AccessTokenClaims } from "#contracts/account.ts";
import type { ApiKeyClaims } from "#contracts/api-key.ts";
import type { Access } from "../http/describe-route.ts";

/** Who makes a request: what their access token says, or what auth says of their API key. */
export type Principal = AccessTokenClaims | ApiKeyClaims;

/** Whether whoever makes a request may call a route with this access. */
export function mayCall(principal: Principal, [, keys]: Access): boolean {
	if (!("scopes" in principal)) return true;
	if (keys === undefined) return false;
	const { scopes } = principal;
	return keys.key.every((scope) => scopes.includes(scope) || scopes.includes("admin"));
}
