import type { ConversionId } from "#contracts/ids.ts";
import { mp3Prefix, videoKey } from "#storage/object-keys.ts";

/** Deletes a conversion's video and all that its attempts stored. Safe to repeat. */
export async function removeObjects(
	env: Pick<GatewayEnv, "VIDEOS" | "MP3S">,
	id: ConversionId,
): Promise<void> {
	// Beside the video may lie the tails of an upload that was given up.
	const [videos, mp3s] = await Promise.all([
		env.VIDEOS.list({ prefix: videoKey(id) }),
		env.MP3S.list({ prefix: mp3Prefix(id) }),
	]);
	const keys = ({ objects }: R2Objects) => objects.map(({ key }) => key);
	await Promise.all([
		videos.objects.length > 0 ? env.VIDEOS.delete(keys(videos)) : undefined,
		mp3s.objects.length > 0 ? env.MP3S.delete(keys(mp3s)) : undefined,
	]);
}
