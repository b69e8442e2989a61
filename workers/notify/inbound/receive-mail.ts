import PostalMime, { type Email } from "postal-mime";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { log } from "../log.ts";
import { isAutomatic } from "./is-automatic.ts";
import { MAX_HEADER_BYTES, MAX_MAIL_BYTES, MAX_MIME_DEPTH } from "./limits.ts";
import { isBounce } from "./read-bounce.ts";
import { receiveBounce } from "./receive-bounce.ts";
import { receiveVideoMail } from "./receive-video-mail.ts";

/** What is wrong with a mail, for the server that brings it: in ASCII, as SMTP has it. */
export type Rejection = { reason: string };

/**
 * A mail comes in: a bounce of one that we sent, or a video to be converted (docs/mail-in.md). What is
 * refused is refused to the server that brings it, which tells its sender; we never write back to
 * somebody who may not have written to us. What machines send is taken and forgotten, so that nothing
 * goes round in circles. Throws when something did not answer: then the mail comes again.
 */
export async function receiveMail(
	env: NotifyEnv,
	db: Db,
	message: ForwardableEmailMessage,
): Promise<void> {
	const rejection = await judge(env, db, message);
	if (rejection === null) return;
	log("info", "mail_rejected", { reason: rejection.reason });
	message.setReject(asSmtpText(rejection.reason));
}

async function judge(
	env: NotifyEnv,
	db: Db,
	message: ForwardableEmailMessage,
): Promise<Rejection | null> {
	if (message.rawSize > MAX_MAIL_BYTES) {
		return { reason: "The mail is larger than 25 MiB. Upload the video instead." };
	}
	const email = await parse(message.raw);
	if (email === null) return { reason: "The mail cannot be read." };
	if (isBounce(email)) {
		await receiveBounce(env, db, email);
		return null;
	}
	if (isAutomatic(email, message.from, env.MAIL_FROM)) {
		log("info", "automatic_mail_dropped", {});
		return null;
	}
	return receiveVideoMail(env, db, email);
}

/** Null: it is no mail, or one that is made to be hard to read. */
async function parse(raw: ReadableStream<Uint8Array>): Promise<Email | null> {
	try {
		return await PostalMime.parse(raw, {
			forceRfc822Attachments: true,
			maxNestingDepth: MAX_MIME_DEPTH,
			maxHeadersSize: MAX_HEADER_BYTES,
		});
	} catch (error) {
		log("info", "mail_unreadable", { error: describeError(error) });
		return null;
	}
}

/** One line of printable ASCII (RFC 5321, 4.2), short enough for a reply. */
const asSmtpText = (reason: string): string =>
	reason
		.replaceAll("−", "-")
		.replace(/[^ -~]+/g, " ")
		.slice(0, 300);
