import type { Context } from "hono";
import { describeError } from "#contracts/log-line.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";

type Asking = Pick<Context<GatewayContext>, "env" | "get">;

/** What auth answers. Null, and a log line, when it does not. */
export async function askAuth<Answer>(
	c: Asking,
	ask: (auth: GatewayEnv["AUTH"]) => Answer,
): Promise<Awaited<Answer> | null> {
	try {
		return await ask(c.env.AUTH);
	} catch (error) {
		const reason = describeError(error);
		log("error", "auth_unavailable", { requestId: c.get("requestId"), reason });
		return null;
	}
}

export const authUnavailable = (c: Asking) =>
	fail(c, "auth_unavailable", "Accounts cannot be reached right now. Try again in a minute.");
