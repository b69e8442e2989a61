import type { Context } from "hono";
import { webhookUrlProblem } from "#contracts/webhook-url.ts";
import { fail, type UserContext } from "../http/context.ts";

/** The refusal of an address that nothing may be sent to. Null: it is good. */
export function refusedUrl(c: Pick<Context<UserContext>, "env" | "get">, url: string) {
	const allowLoopback = c.env.WEBHOOK_ALLOW_LOOPBACK === "true";
	const problem = webhookUrlProblem(url, { allowLoopback });
	return problem === null ? null : fail(c, "invalid_body", `url: ${problem}`);
}
