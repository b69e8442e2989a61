import { mp3Message } from "#contracts/mp3-message.ts";
import type { Db } from "#db/connect.ts";
import { type Handled, WAIT_SECONDS } from "./consume-message.ts";
import { finishAttempt } from "./finish-attempt.ts";
import { log } from "./log.ts";

/**
 * Queue `mp3`. What can never be read goes to the dead letter queue at once instead of coming back.
 */
export async function consumeMp3Message(
	env: NotifyEnv,
	db: Db,
	{ id: messageId, body }: Message,
): Promise<Handled> {
	const parsed = mp3Message.safeParse(body);
	if (!parsed.success) {
		await env.MP3_DLQ.send(body, { contentType: "json" });
		log("error", "message_unreadable", { messageId });
		return "done";
	}
	const { conversionId, attempt } = parsed.data;
	const result = await finishAttempt(env, db, { id: conversionId, attempt });
	log("info", "attempt_finished", { conversionId, attempt, result });
	return result === "wait" ? { againInSeconds: WAIT_SECONDS } : "done";
}
