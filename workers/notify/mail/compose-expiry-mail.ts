import type { Conversion } from "#db/schema/conversions.ts";
import { mp3Key } from "#storage/object-keys.ts";
import { presign, type S3Access } from "#storage/presign.ts";
import { expiryMail } from "./expiry-mail.ts";
import type { Mail } from "./mail.ts";
import { unsubscribeLinks } from "./unsubscribe-links.ts";

/** A link that has expired by the time of the deletion would be of no use. */
const LINK_SECONDS = 24 * 60 * 60;

/** The mail that tells an owner that an MP3 is about to be deleted. */
export async function composeExpiryMail(
	env: S3Access & Pick<NotifyEnv, "PUBLIC_URL" | "NOTIFY_KEY">,
	row: Conversion,
	owner: { name: string },
): Promise<Mail> {
	if (row.expiresAtMs === null) throw new Error("done without an expiry");
	return expiryMail({
		eventId: `${row.id}.expiry`,
		unsubscribe: unsubscribeLinks(env, { userId: row.userId, kind: "expiring" }),
		fid: row.id,
		filename: row.filename,
		ownerName: owner.name,
		expiresAt: new Date(row.expiresAtMs),
		link: await presign(env, {
			method: "GET",
			bucket: "mp3s",
			key: mp3Key(row.id, row.attempt),
			expiresInSeconds: LINK_SECONDS,
		}),
	});
}
