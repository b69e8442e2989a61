import type { Db } from "#db/connect.ts";
import { expireConversions } from "#db/queries/conversion-expiry.ts";
import { queueWebhooks } from "#webhooks/queue-webhooks.ts";
import { log } from "../http/log.ts";
import { WATCHDOG_BATCH } from "../limits.ts";
import { tellWebhooks } from "../webhooks/tell-webhooks.ts";

/**
 * Conversions whose MP3 has been kept long enough become `expired`; what is stored of them is
 * deleted next (remove-expired-videos.ts). Webhooks are told.
 */
export async function expireMp3s(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const expired = await expireConversions(db, nowMs, WATCHDOG_BATCH);
	for (const { id } of expired) log("info", "mp3_expired", { conversionId: id });
	const ids = expired.map(({ id }) => id);
	if (ids.length > 0) await tellWebhooks(() => queueWebhooks(env, db, ids));
}
