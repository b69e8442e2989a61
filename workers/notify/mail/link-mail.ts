/** What mails with a link are made of. */
export interface LinkMail {
	eventId: string;
	/** Null: nobody has shown that the address is theirs, so the name may be anybody's words. */
	name: string | null;
	link: string;
	expiresAt: Date;
}
