import type { ConversionId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { queueWebhooks, type WebhookQueue } from "#webhooks/queue-webhooks.ts";
import { log } from "../log.ts";

/** Queues what webhooks are to be told, and never throws: what is not sent now, the cron sends later. */
export async function tellWebhooks(env: WebhookQueue, db: Db, id: ConversionId): Promise<void> {
	try {
		await queueWebhooks(env, db, [id]);
	} catch (error) {
		log("error", "webhooks_not_queued", { conversionId: id, error: describeError(error) });
	}
}
