import { describeError } from "#contracts/log-line.ts";
import { mp3Message } from "#contracts/mp3-message.ts";
import type { Db } from "#db/connect.ts";
import { finishAttempt } from "./finish-attempt.ts";
import { log } from "./log.ts";

/** Another delivery is sending the mail, or has died trying; its lease runs out within this time. */
const WAIT_SECONDS = 60;

const MAX_RETRY_SECONDS = 60 * 60;

/**
 * Handles one delivery and never throws: acknowledged when all is done, retried later when
 * something did not answer. What can never be read goes to the dead letter queue at once instead
 * of coming back.
 */
export async function consumeMp3Message(env: NotifyEnv, db: Db, message: Message): Promise<void> {
	try {
		const parsed = mp3Message.safeParse(message.body);
		if (!parsed.success) {
			await env.MP3_DLQ.send(message.body, { contentType: "json" });
			log("error", "message_unreadable", { messageId: message.id });
			message.ack();
			return;
		}
		const { conversionId, attempt } = parsed.data;
		const result = await finishAttempt(env, db, { id: conversionId, attempt });
		log("info", "attempt_finished", { conversionId, attempt, result });
		if (result === "wait") message.retry({ delaySeconds: WAIT_SECONDS });
		else message.ack();
	} catch (error) {
		log("error", "finish_failed", { messageId: message.id, error: describeError(error) });
		message.retry({ delaySeconds: Math.min(10 * 2 ** message.attempts, MAX_RETRY_SECONDS) });
	}
}
