import { mp3Message } from "#contracts/mp3-message.ts";
import type { Db } from "#db/connect.ts";
import { type Handled, WAIT_SECONDS } from "../consume-message.ts";
import { finishAttempt } from "../finish-attempt.ts";
import { log } from "../log.ts";
import { sendOrGiveUp } from "../mail/send-or-give-up.ts";
import { keepLetter } from "./keep-letter.ts";

/**
 * Queue `mp3-dlq`: finishing this attempt has failed time and again. One more try, in which all must
 * go well but the mail. Believes D1 alone, as the consumer of `mp3` does, so a forged letter changes
 * nothing.
 */
export async function consumeMp3Letter(env: NotifyEnv, db: Db, message: Message): Promise<Handled> {
	const parsed = mp3Message.safeParse(message.body);
	const unfinished = parsed.success
		? { id: parsed.data.conversionId, attempt: parsed.data.attempt }
		: null;
	await keepLetter(db, "mp3", message, unfinished);
	if (unfinished === null) return "done";
	const result = await finishAttempt(env, db, unfinished, sendOrGiveUp);
	const { id: conversionId, attempt } = unfinished;
	log("info", "dead_letter_handled", { conversionId, attempt, result });
	return result === "wait" ? { againInSeconds: WAIT_SECONDS } : "done";
}
