import type { Db } from "#db/connect.ts";
import { findExpiredVideos, forgetVideo } from "#db/queries/conversion-expiry.ts";
import { videoKey } from "#storage/object-keys.ts";
import { removeObjects } from "../conversions/remove-objects.ts";
import { log } from "../http/log.ts";
import { WATCHDOG_BATCH } from "../limits.ts";
import { eachRow } from "./each-row.ts";

/**
 * Deletes videos that have been kept long enough. Of a conversion that is not done, everything goes:
 * attempts may have stored an MP3 after it was no longer wanted.
 */
export async function removeExpiredVideos(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const rows = await findExpiredVideos(db, nowMs, WATCHDOG_BATCH);
	await eachRow(rows, async ({ id, status }) => {
		if (status === "done") await env.VIDEOS.delete(videoKey(id));
		else await removeObjects(env, id);
		await forgetVideo(db, id, nowMs);
		log("info", "video_removed", { conversionId: id });
	});
}
