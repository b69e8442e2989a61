import type { ConversionId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { videoKey } from "#storage/object-keys.ts";
import { log } from "../../http/log.ts";

/** Deletes what an unfinished upload has stored, and what is known of it. Safe to repeat. */
export async function removeResumable(
	env: Pick<GatewayEnv, "VIDEOS" | "UPLOADS">,
	{ id, multipartUploadId }: Pick<Conversion, "id" | "multipartUploadId">,
): Promise<void> {
	const key = videoKey(id);
	if (multipartUploadId !== null) {
		await env.VIDEOS.resumeMultipartUpload(key, multipartUploadId)
			.abort()
			// R2 forgets open multipart uploads by itself (README, Deploy).
			.catch((error: unknown) => {
				log("info", "multipart_already_gone", { conversionId: id, error: describeError(error) });
			});
	}
	await removeTails(env, id);
	await env.VIDEOS.delete(key);
	await env.UPLOADS.get(env.UPLOADS.idFromName(id)).close();
}

/** Also those of requests that were superseded. */
export async function removeTails(
	env: Pick<GatewayEnv, "VIDEOS">,
	id: ConversionId,
): Promise<void> {
	const { objects } = await env.VIDEOS.list({ prefix: `${videoKey(id)}.tail.` });
	if (objects.length > 0) await env.VIDEOS.delete(objects.map(({ key }) => key));
}
