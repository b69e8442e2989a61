import type { Db } from "#db/connect.ts";
import { forgetVideo } from "#db/queries/conversion-expiry.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { mp3Key, mp3Prefix, videoKey } from "#storage/object-keys.ts";

/**
 * Deletes what superseded or failed attempts stored, and the video once it is not to be kept any
 * longer; the gateway's watchdog deletes those that are kept for a while. Safe to repeat.
 */
export async function removeLeftovers(
	env: Pick<NotifyEnv, "VIDEOS" | "MP3S">,
	db: Db,
	row: Pick<Conversion, "id" | "attempt" | "status" | "videoExpiresAtMs">,
	nowMs: number,
): Promise<void> {
	// Up to this attempt: meanwhile its owner may have begun another, which may have stored already.
	const attempts = row.status === "done" ? row.attempt - 1 : row.attempt;
	const past = new Set(Array.from({ length: attempts }, (_, index) => mp3Key(row.id, index + 1)));
	const { objects } = await env.MP3S.list({ prefix: mp3Prefix(row.id) });
	const leftovers = objects.map(({ key }) => key).filter((key) => past.has(key));
	if (leftovers.length > 0) await env.MP3S.delete(leftovers);
	if (row.videoExpiresAtMs !== null && row.videoExpiresAtMs <= nowMs) {
		await env.VIDEOS.delete(videoKey(row.id));
		await forgetVideo(db, row.id, nowMs);
	}
}
