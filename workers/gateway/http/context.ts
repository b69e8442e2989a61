import type { AccessTokenClaims } from "#contracts/account.ts";
import type { Db } from "#db/connect.ts";
import { type Failure, problemResponse } from "./problem.ts";

/** What every handler may count on. */
export interface GatewayContext {
	Bindings: GatewayEnv;
	Variables: {
		db: Db;
		requestId: string;
	};
}

/** What handlers behind `requireUser` may count on. */
export interface UserContext {
	Bindings: GatewayContext["Bindings"];
	Variables: GatewayContext["Variables"] & { user: AccessTokenClaims };
}

/** Answers with an expected failure. */
export function fail(
	c: { get: (key: "requestId") => string },
	code: Failure["code"],
	detail: string,
	headers?: Record<string, string>,
): Response {
	return problemResponse({ code, detail, ...(headers && { headers }) }, c.get("requestId"));
}
