import type { ConversionId, UserId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { deleteConversions } from "#db/queries/conversion-owner.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { log } from "../http/log.ts";
import { removeResumable } from "../uploads/resumable/remove-resumable.ts";
import { removeObjects } from "./remove-objects.ts";

/**
 * Deletes a user's conversions, with all that is stored of them. The rows go first: from then on
 * nobody is given anything, and a transcoder's next heartbeat stops it. What it may still write
 * until then, and what cannot be deleted now, the watchdog deletes a day later
 * (watchdog/clear-deleted.ts).
 */
export async function removeConversions(
	env: Pick<GatewayEnv, "VIDEOS" | "MP3S" | "UPLOADS">,
	db: Db,
	userId: UserId,
	ids: ConversionId[],
): Promise<Conversion[]> {
	const rows = await deleteConversions(db, userId, ids);
	await Promise.all(
		rows.map(async (row) => {
			try {
				if (row.status === "uploading") await removeResumable(env, row);
				else await removeObjects(env, row.id);
			} catch (error) {
				const fields = { conversionId: row.id, error: describeError(error) };
				log("warn", "objects_left_to_watchdog", fields);
			}
		}),
	);
	return rows;
}
