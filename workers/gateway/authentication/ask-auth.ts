import type { Context } from "hono";
import { describeError } from "#contracts/log-line.ts";
import type { GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";

/** Asks auth something. Null, with a line in the log, when it does not answer. */
export async function askAuth<Answer>(
	c: Context<GatewayContext>,
	ask: (auth: GatewayEnv["AUTH"]) => Answer,
): Promise<Awaited<Answer> | null> {
	try {
		return await ask(c.env.AUTH);
	} catch (error) {
		log("error", "auth_unavailable", {
			requestId: c.get("requestId"),
			reason: describeError(error),
		});
		return null;
	}
}
