import type { Db } from "#db/connect.ts";
import { expireConversions } from "#db/queries/conversion-expiry.ts";
import { log } from "../http/log.ts";
import { WATCHDOG_BATCH } from "../limits.ts";

/**
 * Conversions whose MP3 has been kept long enough become `expired`; what is stored of them is
 * deleted next (remove-expired-videos.ts).
 */
export async function expireMp3s(db: Db, nowMs: number): Promise<void> {
	for (const { id } of await expireConversions(db, nowMs, WATCHDOG_BATCH)) {
		log("info", "mp3_expired", { conversionId: id });
	}
}
