import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { abandonUpload, findAbandonedUploads } from "#db/queries/conversion-upload.ts";
import { videoKey } from "#storage/object-keys.ts";
import { log } from "../http/log.ts";
import { ABANDONED_UPLOAD_AFTER_MS, WATCHDOG_BATCH } from "../limits.ts";

/** Removes what a Worker that died in the middle of an upload left in R2 and D1. */
export async function sweepAbandonedUploads(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const begunBeforeMs = nowMs - ABANDONED_UPLOAD_AFTER_MS;
	for (const { id, multipartUploadId } of await findAbandonedUploads(
		db,
		begunBeforeMs,
		WATCHDOG_BATCH,
	)) {
		if (multipartUploadId !== null) {
			await env.VIDEOS.resumeMultipartUpload(videoKey(id), multipartUploadId)
				.abort()
				// R2 forgets open multipart uploads after seven days by itself.
				.catch((error: unknown) => {
					log("info", "multipart_already_gone", { conversionId: id, error: describeError(error) });
				});
		}
		await env.VIDEOS.delete(videoKey(id));
		await abandonUpload(db, id);
		log("info", "upload_swept", { conversionId: id });
	}
}
