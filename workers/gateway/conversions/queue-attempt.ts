import { create as contentDisposition } from "content-disposition";
import {
	MAX_ATTEMPT_SECONDS,
	MAX_DURATION_SECONDS,
	QUEUE_RETENTION_SECONDS,
} from "#contracts/limits.ts";
import { describeError } from "#contracts/log-line.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import type { Db } from "#db/connect.ts";
import { postponeResend } from "#db/queries/conversion-attempt.ts";
import { findLimits, type UserLimits } from "#db/queries/user-usage.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { issueControlToken } from "#signing/control-token.ts";
import { mp3Key, videoKey } from "#storage/object-keys.ts";
import { presign } from "#storage/presign.ts";
import { log } from "../http/log.ts";
import { RESEND_SENT_AFTER_MS } from "../limits.ts";
import { mp3Filename } from "../uploads/filename.ts";
import { usualLimits } from "../uploads/quota.ts";

/** As long as the message can be delivered: no attempt that is claimed with it outlives its URLs. */
const CLAIM_LIFETIME_SECONDS = QUEUE_RETENTION_SECONDS;

/** As long as the message can be delivered, and the work on it may take. */
const URL_LIFETIME_SECONDS = QUEUE_RETENTION_SECONDS + MAX_ATTEMPT_SECONDS;

/**
 * Tells the transcoders of a queued conversion. When the queue does not answer, the row stays as
 * it is and the watchdog tries again in a minute: nothing is lost, so nothing is thrown.
 */
export async function queueAttempt(
	env: GatewayEnv,
	db: Db,
	row: Conversion,
	{ delaySeconds = 0 } = {},
): Promise<void> {
	const fields = { conversionId: row.id, attempt: row.attempt };
	try {
		const limits = await findLimits(db, row.userId, usualLimits(env));
		// Its owner's account is being deleted, and so is it.
		if (limits === null) return;
		const message = await videoMessage(env, row, limits);
		await env.VIDEO_QUEUE.send(message, { contentType: "json", delaySeconds });
		await postponeResend(db, row, Date.now() + delaySeconds * 1000 + RESEND_SENT_AFTER_MS);
		log("info", "attempt_queued", fields);
	} catch (error) {
		log("error", "queue_send_failed", { ...fields, error: describeError(error) });
	}
}

async function videoMessage(
	env: GatewayEnv,
	row: Conversion,
	limits: UserLimits,
): Promise<VideoMessage> {
	if (row.sourceSizeBytes === null) throw new Error("queued without a source");
	const expiresInSeconds = URL_LIFETIME_SECONDS;
	const headers = {
		"content-type": "audio/mpeg",
		// Kept by R2 with the object, so that signed links save under the right name.
		"content-disposition": contentDisposition(mp3Filename(row.filename)),
	};
	const [sourceUrl, targetUrl, token] = await Promise.all([
		presign(env, {
			method: "GET",
			bucket: "videos",
			key: videoKey(row.id),
			expiresInSeconds,
		}),
		presign(env, {
			method: "PUT",
			bucket: "mp3s",
			key: mp3Key(row.id, row.attempt),
			expiresInSeconds,
			headers,
		}),
		issueControlToken(env.CONTROL_KEY, row, CLAIM_LIFETIME_SECONDS, new Date()),
	]);
	return {
		v: CURRENT_VERSION,
		conversionId: row.id,
		attempt: row.attempt,
		options: row.options,
		limits: { maxDurationSeconds: Math.min(limits.videoSeconds, MAX_DURATION_SECONDS) },
		source: { url: sourceUrl, sizeBytes: row.sourceSizeBytes },
		target: { url: targetUrl, headers },
		control: { url: `${env.PUBLIC_URL}/control/${row.id}`, token },
	};
}
