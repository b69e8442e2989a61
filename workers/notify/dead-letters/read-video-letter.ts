import * as z from "zod";
import { conversionId } from "#contracts/ids.ts";
import { QUEUE_RETENTION_SECONDS } from "#contracts/limits.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { verifyControlToken } from "#signing/control-token.ts";

/**
 * What tells whose attempt a message of `video` was for. No more than that: what is wrong with the
 * rest may be why nobody could handle it.
 */
const letter = z.object({
	conversionId,
	attempt: z.int().positive(),
	control: z.object({ token: z.string() }),
});

/**
 * The attempt that a dead letter of `video` was for. Null when it cannot be read, or when its control
 * token does not speak for this attempt: then it was forged, by somebody who may write to the queues
 * and has no say in how conversions end.
 */
export async function readVideoLetter(
	controlKey: string,
	body: unknown,
	now: Date,
): Promise<Pick<Conversion, "id" | "attempt"> | null> {
	const parsed = letter.safeParse(typeof body === "string" ? parseJson(body) : body);
	if (!parsed.success) return null;
	const { conversionId: id, attempt, control } = parsed.data;
	// The message may have been kept by one queue as long as its token lasts, and then by the other.
	const spokenFor = await verifyControlToken(
		controlKey,
		control.token,
		now,
		QUEUE_RETENTION_SECONDS,
	);
	return spokenFor?.id === id && spokenFor.attempt === attempt ? spokenFor : null;
}

/** Transcoders send on as text what they cannot read. */
function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
