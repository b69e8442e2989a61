import { describeError } from "#contracts/log-line.ts";
import { log } from "./log.ts";

const FIRST_RETRY_SECONDS = 20;
const MAX_RETRY_SECONDS = 60 * 60;

/** Another delivery is sending the mail, or has died trying; its lease runs out within this time. */
export const WAIT_SECONDS = 60;

/** What became of a message: nothing more is to be done, or it is to come again. */
export type Handled = "done" | { againInSeconds: number };

/**
 * Handles one delivery and never throws: acknowledged when all is done, retried later, and ever
 * later, when something did not answer.
 */
export async function consumeMessage(
	message: Message,
	handle: () => Promise<Handled>,
): Promise<void> {
	try {
		const handled = await handle();
		if (handled === "done") message.ack();
		else message.retry({ delaySeconds: handled.againInSeconds });
	} catch (error) {
		log("error", "message_failed", { messageId: message.id, error: describeError(error) });
		const delaySeconds = FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1);
		message.retry({ delaySeconds: Math.min(delaySeconds, MAX_RETRY_SECONDS) });
	}
}
