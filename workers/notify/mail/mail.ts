/** A mail's content, before it has an envelope. */
export interface Mail {
	subject: string;
	text: string;
	html: string;
	/** Names the event told of, so that a receiver can recognise a duplicate. */
	eventId: string;
}
