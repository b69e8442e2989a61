import MimeNode from "nodemailer/lib/mime-node";
import { mailMark } from "#signing/mail-mark.ts";
import type { Mail } from "./mail.ts";

/** As RFC 5322, 3.6.4, has it, and short enough for one line: that of a mail that came in may be anything. */
const MESSAGE_ID = /^<[!-;=?-~]{1,250}>$/;

/**
 * A mail as RFC 5322 text: both bodies as multipart/alternative, headers folded and encoded
 * (RFC 2047), so that no subject can smuggle in a header.
 */
export async function encodeMime(
	{ MAIL_FROM: from, NOTIFY_KEY }: Pick<NotifyEnv, "MAIL_FROM" | "NOTIFY_KEY">,
	to: string,
	mail: Mail,
): Promise<string> {
	const { messageId: answered = "", references = [] } = mail.inReplyTo ?? {};
	const name = `${mail.eventId}.${mailMark(NOTIFY_KEY, { eventId: mail.eventId, to })}`;

	const root = new MimeNode("multipart/alternative", {
		disableFileAccess: true,
		disableUrlAccess: true,
		newline: "win",
	});
	root.setHeader({
		from: { name: "Earshot", address: from },
		to: { name: "", address: to },
		subject: mail.subject,
		// Keeps vacation responders quiet (RFC 3834).
		"auto-submitted": "auto-generated",
		"message-id": `<${name}@${from.slice(from.lastIndexOf("@") + 1)}>`,
		// Cloudflare puts a Message-ID of its own in its place.
		"x-earshot-event": name,
		...(mail.unsubscribe && {
			"list-unsubscribe": `<${mail.unsubscribe.oneClick}>`,
			"list-unsubscribe-post": "List-Unsubscribe=One-Click",
		}),
		...(MESSAGE_ID.test(answered) && {
			"in-reply-to": answered,
			references: [...references.filter((id) => MESSAGE_ID.test(id)), answered],
		}),
	});
	root.createChild("text/plain; charset=utf-8").setContent(mail.text);
	root.createChild("text/html; charset=utf-8").setContent(mail.html);
	return (await root.build()).toString("utf-8");
}
