import type { ConversionId } from "#contracts/ids.ts";
import { mp3Prefix, videoKey } from "#storage/object-keys.ts";

/** Deletes a conversion's video and all that its attempts stored. Safe to repeat. */
export async function removeObjects(
	env: Pick<GatewayEnv, "VIDEOS" | "MP3S">,
	id: ConversionId,
): Promise<void> {
	const { objects } = await env.MP3S.list({ prefix: mp3Prefix(id) });
	await Promise.all([
		env.VIDEOS.delete(videoKey(id)),
		objects.length > 0 ? env.MP3S.delete(objects.map(({ key }) => key)) : undefined,
	]);
}
