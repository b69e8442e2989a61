import type { Db } from "#db/connect.ts";
import { finishUpload } from "#db/queries/conversion-upload.ts";
import { findLimits } from "#db/queries/user-usage.ts";
import { videoKey } from "#storage/object-keys.ts";
import { queueAttempt } from "../../conversions/queue-attempt.ts";
import { RESEND_UNSENT_AFTER_MS } from "../../limits.ts";
import { usualLimits } from "../quota.ts";
import { removeTails } from "./remove-resumable.ts";
import { sha256Of, wishesOf } from "./upload-metadata.ts";
import type { Session } from "./upload-session.ts";

/**
 * Puts an upload together of which everything has come, and queues its conversion. Safe to repeat
 * after any step, and at once: the row's status decides who queues it. Throws R2's and D1's errors.
 */
export async function finishResumable(
	env: GatewayEnv,
	db: Db,
	session: Session,
	parts: R2UploadedPart[],
): Promise<void> {
	const { id, userId, lengthBytes: sizeBytes, metadata } = session;
	const key = videoKey(id);
	try {
		await env.VIDEOS.resumeMultipartUpload(key, session.multipartUploadId).complete(parts);
	} catch (error) {
		// Done before, by somebody who then fell silent?
		const video = await env.VIDEOS.head(key);
		if (video?.size !== sizeBytes) throw error;
	}
	const wishes = wishesOf(metadata);
	if (!wishes.ok) throw new Error("options that were valid at the beginning are not any more");
	const limits = await findLimits(db, userId, usualLimits(env));
	// Without a user, whoever deletes the account removes it.
	if (limits !== null) {
		const video = {
			sizeBytes,
			sha256: sha256Of(metadata),
			options: wishes.options,
			resendAtMs: Date.now() + RESEND_UNSENT_AFTER_MS,
		};
		const conversion = await finishUpload(db, { id, userId }, video, limits);
		if (conversion !== null) await queueAttempt(env, db, conversion);
	}
	await removeTails(env, id);
}
