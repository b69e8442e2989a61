import * as z from "zod";
import { describeError } from "#contracts/log-line.ts";
import { TURNSTILE_TIMEOUT_MS } from "../limits.ts";

const SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

const answer = z.object({
	success: z.boolean(),
	"error-codes": z.array(z.string()).default([]),
});

/** What is the token's own fault; all else is ours, or Cloudflare's. */
const BAD_TOKEN = ["missing-input-response", "invalid-input-response", "timeout-or-duplicate"];

export type TurnstileVerdict =
	| { ok: true }
	/** `reason` is for the log. `unavailable`: nobody can tell. */
	| { ok: false; why: "bad_token" | "unavailable"; reason: string };

/**
 * Asks Cloudflare whether a Turnstile token is good; it is so once.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
export async function verifyTurnstile(
	secret: string,
	token: string,
	visitorIp: string | undefined,
): Promise<TurnstileVerdict> {
	const question = JSON.stringify({
		secret,
		response: token,
		...(visitorIp !== undefined && { remoteip: visitorIp }),
		// By which the second try is known for the first one again: the token is not used up by it.
		idempotency_key: crypto.randomUUID(),
	});
	const first = await ask(question);
	return first.ok || first.why === "bad_token" ? first : ask(question);
}

async function ask(body: string): Promise<TurnstileVerdict> {
	try {
		const response = await fetch(SITEVERIFY, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body,
			signal: AbortSignal.timeout(TURNSTILE_TIMEOUT_MS),
		});
		const { success, "error-codes": codes } = answer.parse(await response.json());
		if (success) return { ok: true };
		const isTokensFault = codes.some((code) => BAD_TOKEN.includes(code));
		const why = isTokensFault ? "bad_token" : "unavailable";
		return { ok: false, why, reason: codes.join(", ") };
	} catch (error) {
		return { ok: false, why: "unavailable", reason: describeError(error) };
	}
}
