import { CURRENT_VERSION } from "#contracts/version.ts";
import type { Db } from "#db/connect.ts";
import { keepDeadLetter } from "#db/queries/dead-letters.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import type { DeadLetter } from "#db/schema/dead-letters.ts";
import { log } from "../log.ts";
import { keptBody } from "./kept-body.ts";

/**
 * Keeps a message that nobody could handle, for people to look at and to send again. Of one that
 * could be read only whose attempt it was for: a message of `video` has capabilities in it, and a new
 * one is made when it is to be sent again.
 */
export async function keepLetter(
	db: Db,
	queue: DeadLetter["queue"],
	{ id: messageId, body }: Message,
	attempt: Pick<Conversion, "id" | "attempt"> | null,
): Promise<void> {
	await keepDeadLetter(db, {
		id: messageId,
		queue,
		body:
			attempt === null
				? keptBody(body)
				: { v: CURRENT_VERSION, conversionId: attempt.id, attempt: attempt.attempt },
		receivedAtMs: Date.now(),
	});
	log("error", "dead_letter_kept", {
		messageId,
		queue,
		conversionId: attempt?.id,
		attempt: attempt?.attempt,
	});
}
