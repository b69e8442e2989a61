import type { Conversion } from "#db/schema/conversions.ts";
import { mp3Key, mp3Prefix, videoKey } from "#storage/object-keys.ts";

/**
 * A finished conversion keeps its MP3 and nothing else: the video and what superseded attempts
 * stored are deleted. Safe to repeat.
 */
export async function removeLeftovers(
	env: Pick<NotifyEnv, "VIDEOS" | "MP3S">,
	row: Pick<Conversion, "id" | "attempt" | "status">,
): Promise<void> {
	const kept = row.status === "done" ? mp3Key(row.id, row.attempt) : null;
	const { objects } = await env.MP3S.list({ prefix: mp3Prefix(row.id) });
	const leftovers = objects.map(({ key }) => key).filter((key) => key !== kept);
	await Promise.all([
		env.VIDEOS.delete(videoKey(row.id)),
		leftovers.length > 0 ? env.MP3S.delete(leftovers) : undefined,
	]);
}
