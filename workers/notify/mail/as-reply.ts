import type { MailThread } from "#db/queries/mail-threads.ts";
import type { Mail } from "./mail.ts";

/** The same mail as the answer to one that came in, so that mail programs show it below that. */
export function asReply(mail: Mail, { subject, messageId, references }: MailThread): Mail {
	const isReply = /^re:/i.test(subject);
	return {
		...mail,
		subject: isReply ? subject : `Re: ${subject}`,
		inReplyTo: { messageId, references },
	};
}
