import type { Db } from "#db/connect.ts";
import { finishConversion } from "#db/queries/conversion-finish.ts";
import { findMailThread } from "#db/queries/mail-threads.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { asReply } from "./mail/as-reply.ts";
import { composeOutcomeMail } from "./mail/compose-outcome-mail.ts";
import { sendOnce } from "./mail/send-once.ts";
import { removeLeftovers } from "./remove-leftovers.ts";
import { tellWebhooks } from "./webhooks/tell-webhooks.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * `told`: the owner has been told, now or before. `superseded`: the attempt has nothing to say.
 * `wait`: another delivery is telling right now; come back to see that it did.
 */
export type FinishResult = "told" | "superseded" | "wait";

/**
 * Makes a settled attempt final, tells its owner and their webhooks once, and removes what is no
 * longer needed.
 *
 * @param send what is to be done when the mail cannot be sent.
 */
export async function finishAttempt(
	env: NotifyEnv,
	db: Db,
	attempt: Pick<Conversion, "id" | "attempt">,
	send = sendOnce,
): Promise<FinishResult> {
	const nowMs = Date.now();
	const row = await finishConversion(db, attempt, {
		nowMs,
		videoGraceMs: env.VIDEO_GRACE_SECONDS * 1000,
		mp3KeptMs: env.MP3_KEPT_DAYS * DAY_MS,
	});
	if (row === null) return "superseded";
	// Beside the mail, and whatever becomes of it.
	const told = tellWebhooks(env, db, row.id);
	try {
		const turn = await send(env, db, row, "outcome", async (owner) => {
			const mail = await composeOutcomeMail(env, row, owner, new Date());
			const thread = await findMailThread(db, row.id);
			return thread === null ? mail : asReply(mail, thread);
		});
		if (turn === "wait") return "wait";
	} finally {
		await told;
	}
	await removeLeftovers(env, db, row, nowMs);
	return "told";
}
