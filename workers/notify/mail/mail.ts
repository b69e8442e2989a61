import type { UnsubscribeLinks } from "./unsubscribe-links.ts";

/** A mail's content, before it has an envelope. */
export interface Mail {
	subject: string;
	text: string;
	html: string;
	/** Names the event told of: the mails about one event have the same Message-ID. */
	eventId: string;
	/** Where its reader says that they want no more of these. Not in mail about the account itself. */
	unsubscribe?: UnsubscribeLinks;
	/** The mail that this one answers: Message-IDs, with their brackets (RFC 5322, 3.6.4). */
	inReplyTo?: { messageId: string; references: readonly string[] };
}
