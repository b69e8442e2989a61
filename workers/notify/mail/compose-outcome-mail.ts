import type { Conversion } from "#db/schema/conversions.ts";
import { mp3Key } from "#storage/object-keys.ts";
import { MAX_PRESIGNED_SECONDS, presign, type S3Access } from "#storage/presign.ts";
import { doneMail } from "./done-mail.ts";
import { failedMail } from "./failed-mail.ts";
import type { Mail } from "./mail.ts";
import { unsubscribeLinks } from "./unsubscribe-links.ts";

/** The mail that tells an owner how a conversion ended. */
export async function composeOutcomeMail(
	env: S3Access & Pick<NotifyEnv, "PUBLIC_URL" | "NOTIFY_KEY">,
	row: Conversion,
	owner: { name: string },
	now: Date,
): Promise<Mail> {
	const kind = row.outcome?.type === "failed" ? "failed" : "finished";
	const common = {
		unsubscribe: unsubscribeLinks(env, { userId: row.userId, kind }),
		eventId: `${row.id}.${row.attempt}`,
		fid: row.id,
		filename: row.filename,
		ownerName: owner.name,
		publicUrl: env.PUBLIC_URL,
	};
	switch (row.outcome?.type) {
		case "converted":
			return doneMail({
				...common,
				...row.outcome.output,
				// People read mail late: the longest life that R2 allows.
				link: await presign(env, {
					method: "GET",
					bucket: "mp3s",
					key: mp3Key(row.id, row.attempt),
					expiresInSeconds: MAX_PRESIGNED_SECONDS,
					now,
				}),
				linkExpiresAt: new Date(now.getTime() + MAX_PRESIGNED_SECONDS * 1000),
			});
		case "failed":
			return failedMail({
				...common,
				error: row.outcome.error,
				retry:
					row.videoExpiresAtMs !== null && row.videoExpiresAtMs > now.getTime()
						? {
								url: `${env.PUBLIC_URL}/conversions/${row.id}/retry`,
								until: new Date(row.videoExpiresAtMs),
							}
						: null,
			});
		case undefined:
			throw new Error("finished without an outcome");
	}
}
