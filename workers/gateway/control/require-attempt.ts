import { createMiddleware } from "hono/factory";
import type { ConversionId } from "#contracts/ids.ts";
import { MAX_ATTEMPT_SECONDS } from "#contracts/limits.ts";
import { verifyControlToken } from "#signing/control-token.ts";
import { bearerToken } from "../authentication/bearer-token.ts";
import { fail, type GatewayContext } from "../http/context.ts";

/** What handlers of the control URL may count on: the attempt that the token speaks for. */
export interface ControlContext {
	Bindings: GatewayContext["Bindings"];
	Variables: GatewayContext["Variables"] & { attempt: { id: ConversionId; attempt: number } };
}

/**
 * Lets a transcoder through when its token speaks for the conversion in the path. What has been
 * claimed in time can be worked on to its end; a message that is too old is not begun, and the
 * watchdog sends a fresh one.
 */
export const requireAttempt = createMiddleware<ControlContext>(async (c, next) => {
	const token = bearerToken(c.req.header("authorization"));
	const graceSeconds = c.req.path.endsWith("/claim") ? 0 : MAX_ATTEMPT_SECONDS;
	const attempt =
		token === null
			? null
			: await verifyControlToken(c.env.CONTROL_KEY, token, new Date(), graceSeconds);
	if (attempt === null || attempt.id !== c.req.param("id")) {
		return fail(c, "invalid_token", "This token does not open this control URL.");
	}
	c.set("attempt", attempt);
	return next();
});
