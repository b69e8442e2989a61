import { videoMessage } from "#contracts/video-message.ts";
import { DEAD_LETTER_DELAY_SECONDS } from "../limits.ts";
import type { Log } from "../log.ts";
import { parseJson } from "../parse-json.ts";
import type { SendResult } from "../queues/client.ts";
import { acknowledge, type Disposition, giveBack } from "../queues/disposition.ts";
import type { PulledMessage } from "../queues/envelope.ts";
import { type AttemptTools, runAttempt } from "./attempt.ts";

export type MessageTools = AttemptTools & {
	/** Puts a message where a person can look at it. */
	bury: (text: string) => Promise<SendResult>;
};

/**
 * A message of the `video` queue: an attempt to run, or something that no delivery would ever make
 * understandable, which goes to the dead letters at once.
 */
export async function handleMessage(
	{ id, text }: PulledMessage,
	tools: MessageTools,
	shutdown: AbortSignal,
): Promise<Disposition> {
	if (shutdown.aborted) return giveBack(0);
	const parsed = videoMessage.safeParse(parseJson(text));
	if (parsed.success) return runAttempt(parsed.data, tools, shutdown);

	const log: Log = tools.log.bind({ messageId: id });
	// Where, not what: the values may be secrets.
	const issues = parsed.error.issues.map(({ code, path }) => `${path.join(".")}: ${code}`);
	const buried = await tools.bury(text);
	if (!buried.ok) {
		log.error("dead_letter_failed", { issues, error: buried.reason });
		return giveBack(DEAD_LETTER_DELAY_SECONDS);
	}
	log.error("message_malformed", { issues });
	return acknowledge;
}
