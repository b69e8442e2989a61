import * as z from "zod";
import { QUEUE_RETENTION_SECONDS } from "#contracts/limits.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { verifyControlToken } from "#signing/control-token.ts";

/** No more than is needed: what is wrong with the rest may be why nobody could handle it. */
const letter = z.object({ control: z.object({ token: z.string() }) });

/**
 * The attempt that a dead letter of `video` was for: the one that its control token speaks for,
 * whatever else it says. Null when it has none that the gateway made: then it cannot be read, or was
 * forged by somebody who may write to the queues and has no say in how conversions end.
 */
export async function readVideoLetter(
	controlKey: string,
	body: unknown,
	now: Date,
): Promise<Pick<Conversion, "id" | "attempt"> | null> {
	const parsed = letter.safeParse(typeof body === "string" ? parseJson(body) : body);
	if (!parsed.success) return null;
	// One queue may have kept the message for as long as its token lasts, and then the other.
	return verifyControlToken(controlKey, parsed.data.control.token, now, QUEUE_RETENTION_SECONDS);
}

/** Transcoders send on as text what they cannot read. */
function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
