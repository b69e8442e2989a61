import { describeError } from "#contracts/log-line.ts";
import { fail } from "../http/context.ts";
import { log } from "../http/log.ts";

type Context = Parameters<typeof fail>[0];

/** What auth said, or the answer to a request that it has not heard. */
export type AuthAnswer<Value> =
	| { isHeard: true; value: Value }
	| { isHeard: false; failure: ReturnType<typeof fail<"auth_unavailable">> };

/** Calls auth. What throws is a fault of its own or on the way there: it may work in a minute. */
export async function askAuth<Call extends () => PromiseLike<unknown>>(
	c: Context,
	call: Call,
): Promise<AuthAnswer<Awaited<ReturnType<Call>>>> {
	try {
		return { isHeard: true, value: (await call()) as Awaited<ReturnType<Call>> };
	} catch (error) {
		const fields = { requestId: c.get("requestId"), reason: describeError(error) };
		log("error", "auth_unavailable", fields);
		const detail = "Accounts cannot be looked after right now. Try again in a minute.";
		return { isHeard: false, failure: fail(c, "auth_unavailable", detail) };
	}
}
