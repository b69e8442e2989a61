import type { TypedResponse } from "hono";
import type { Problem, ProblemCode } from "#contracts/problem.ts";
import type { Db } from "#db/connect.ts";
import type { Principal } from "../authentication/principal.ts";
import { problemResponse, type StatusOf } from "./problem.ts";

/** What every handler may count on. */
export interface GatewayContext {
	Bindings: GatewayEnv;
	Variables: {
		db: Db;
		requestId: string;
	};
}

/** What handlers behind `requireAccess` may count on. */
export interface UserContext {
	Bindings: GatewayContext["Bindings"];
	Variables: GatewayContext["Variables"] & { user: Principal };
}

/** An answer that says what failed, typed by its status. */
type FailureResponse<Code extends ProblemCode> = Response &
	(Code extends ProblemCode ? TypedResponse<Problem, StatusOf<Code>, "json"> : never);

/** Answers with an expected failure. The compiler knows which: a route fails as it is described. */
export function fail<Code extends ProblemCode>(
	c: { get: (key: "requestId") => string },
	code: Code,
	detail: string,
	headers?: Record<string, string>,
): FailureResponse<Code> {
	const failure = { code, detail, ...(headers && { headers }) };
	return problemResponse(failure, c.get("requestId")) as FailureResponse<Code>;
}
