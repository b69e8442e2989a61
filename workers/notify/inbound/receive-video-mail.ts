import type { Attachment, Email } from "postal-mime";
import type { Db } from "#db/connect.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import { log } from "../log.ts";
import { authorOf } from "./author-of.ts";
import { isAuthentic } from "./is-authentic.ts";
import { MAX_REFERENCES, MAX_SUBJECT_CHARACTERS } from "./limits.ts";
import { optionsOf } from "./options-in-words.ts";
import type { Rejection } from "./receive-mail.ts";

const MESSAGE_ID = /^<[^<>\s]{1,250}>$/;

/**
 * Has the video that is attached to a mail converted. Who wrote it is proved before anything is looked
 * up, so that nobody learns from a refusal who has an account.
 */
export async function receiveVideoMail(
	env: NotifyEnv,
	db: Db,
	email: Email,
): Promise<Rejection | null> {
	const author = authorOf(email);
	if (author === null) return { reason: "The mail has to be from exactly one address." };
	const domain = author.slice(author.lastIndexOf("@") + 1);
	if (!isAuthentic(email.headers, domain, env.MAIL_AUTHENTICATOR)) {
		return {
			reason: `Nobody can tell that this mail is from ${domain} (no DMARC pass). Upload the video instead.`,
		};
	}
	const user = await findUserByEmail(db, author);
	if (user === null || user.emailVerifiedAtMs === null || user.deletedAtMs !== null) {
		return {
			reason: `Videos are converted for registered, confirmed addresses: see ${env.PUBLIC_URL}`,
		};
	}
	if (user.emailUndeliverableAtMs !== null) {
		return { reason: "Mail to your address came back. Log in and confirm it anew." };
	}
	const messageId = email.messageId?.trim() ?? "";
	if (!MESSAGE_ID.test(messageId)) return { reason: "The mail has no Message-ID." };
	const videos = email.attachments.filter(isVideo);
	const [video] = videos;
	if (video === undefined) return { reason: "There is no video attached. Attach one." };
	if (videos.length > 1) return { reason: "Attach one video a mail. This one has several." };
	const subject = (email.subject ?? "").replace(/\s+/g, " ").trim();
	const result = await env.GATEWAY.receive({
		userId: user.id,
		filename: video.filename ?? "",
		video: bytesOf(video),
		options: optionsOf(subject, email.text ?? ""),
		mail: {
			messageId,
			references: referencesOf(email),
			subject: subject.slice(0, MAX_SUBJECT_CHARACTERS) || "your video",
		},
	});
	if (result.ok) {
		log("info", "video_mail_received", { userId: user.id, isNew: result.isNew });
		return null;
	}
	// The server that brings it tries again.
	if (result.isTemporary) throw new Error(`not now: ${result.code}`);
	return { reason: result.detail };
}

/** By what the mail says; what it is, the gateway sees. Pictures in a signature are none. */
const isVideo = ({ mimeType, filename, disposition }: Attachment): boolean =>
	/^(video|audio)\//.test(mimeType) ||
	(/^application\/(octet-stream|mp4|ogg|x-matroska|vnd\.rn-realmedia)$/.test(mimeType) &&
		(filename !== null || disposition === "attachment"));

const bytesOf = ({ content }: Attachment): Uint8Array =>
	typeof content === "string"
		? new TextEncoder().encode(content)
		: content instanceof Uint8Array
			? content
			: new Uint8Array(content);

/** What the mail itself answers (RFC 5322, 3.6.4). */
function referencesOf({ references, inReplyTo }: Email): string[] {
	const ids = (references ?? inReplyTo ?? "").split(/\s+/).filter((id) => MESSAGE_ID.test(id));
	return ids.slice(-MAX_REFERENCES);
}
