import { createMiddleware } from "hono/factory";
import { findUser } from "#db/queries/users.ts";
import { fail, type UserContext } from "../http/context.ts";
import { refuse } from "./refuse.ts";

/**
 * Lets a user through, behind `requireUser`, whose address is known to be theirs: before that nothing
 * comes into the house. A token may be older than the confirmation, which counts at once, so only one
 * that says no is compared with the account.
 */
export const requireVerified = createMiddleware<UserContext>(async (c, next) => {
	const { sub, email_verified } = c.get("user");
	if (!email_verified) {
		const user = await findUser(c.get("db"), sub);
		if (user === null) return refuse(c, "invalid_token");
		if (user.emailVerifiedAtMs === null) {
			return fail(
				c,
				"email_unverified",
				"Open the link that was mailed to you. POST /account/verification sends another one.",
			);
		}
	}
	return next();
});
