import { describeError } from "#contracts/log-line.ts";
import { log } from "../http/log.ts";

/**
 * Queues what webhooks are to be told, and never throws: what is not sent now, notify's cron sends
 * later.
 */
export async function tellWebhooks(queue: () => Promise<void>): Promise<void> {
	try {
		await queue();
	} catch (error) {
		log("error", "webhooks_not_queued", { error: describeError(error) });
	}
}
