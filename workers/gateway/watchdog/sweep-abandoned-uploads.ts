import type { Db } from "#db/connect.ts";
import { abandonUpload, findAbandonedUploads } from "#db/queries/conversion-upload.ts";
import { log } from "../http/log.ts";
import { ABANDONED_UPLOAD_AFTER_MS, WATCHDOG_BATCH } from "../limits.ts";
import { removeResumable } from "../uploads/resumable/remove-resumable.ts";
import { eachRow } from "./each-row.ts";

/** Removes uploads that a Worker died over, or that nobody has gone on with. */
export async function sweepAbandonedUploads(env: GatewayEnv, db: Db, nowMs: number): Promise<void> {
	const begunBeforeMs = nowMs - ABANDONED_UPLOAD_AFTER_MS;
	const rows = await findAbandonedUploads(db, begunBeforeMs, WATCHDOG_BATCH);
	await eachRow(rows, async (row) => {
		await removeResumable(env, row);
		await abandonUpload(db, row.id);
		log("info", "upload_swept", { conversionId: row.id });
	});
}
