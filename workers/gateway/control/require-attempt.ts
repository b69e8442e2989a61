import { createMiddleware } from "hono/factory";
import type { ConversionId } from "#contracts/ids.ts";
import { bearerToken } from "../authentication/require-user.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { verifyControlToken } from "./control-token.ts";

/** What handlers of the control URL may count on: the attempt that the token speaks for. */
export interface ControlContext {
	Bindings: GatewayContext["Bindings"];
	Variables: GatewayContext["Variables"] & { attempt: { id: ConversionId; attempt: number } };
}

/** Lets a transcoder through when its token speaks for the conversion in the path. */
export const requireAttempt = createMiddleware<ControlContext>(async (c, next) => {
	const token = bearerToken(c.req.header("authorization"));
	const attempt =
		token === null ? null : await verifyControlToken(c.env.CONTROL_KEY, token, new Date());
	if (attempt === null || attempt.id !== c.req.param("id")) {
		return fail(c, "invalid_token", "This token does not open this control URL.");
	}
	c.set("attempt", attempt);
	return next();
});
