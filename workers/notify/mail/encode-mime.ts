import MimeNode from "nodemailer/lib/mime-node";
import type { Mail } from "./mail.ts";

/**
 * A mail as RFC 5322 text: both bodies as multipart/alternative, headers folded and encoded
 * (RFC 2047), so that no subject can smuggle in a header.
 */
export async function encodeMime(from: string, to: string, mail: Mail): Promise<string> {
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
		"x-earshot-event": mail.eventId,
	});
	root.createChild("text/plain; charset=utf-8").setContent(mail.text);
	root.createChild("text/html; charset=utf-8").setContent(mail.html);
	return (await root.build()).toString("utf-8");
}
