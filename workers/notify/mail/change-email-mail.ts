import { accountMail } from "./account-mail.ts";
import type { LinkMail } from "./link-mail.ts";
import type { Mail } from "./mail.ts";
import { timeInWords } from "./words.ts";

/** Asks, at the address that an account is to move to, whether it is its reader's. */
export const changeEmailMail = ({ eventId, name, link, expiresAt }: LinkMail): Promise<Mail> =>
	accountMail({
		eventId,
		subject: "Confirm your new address",
		name,
		paragraphs: [
			"somebody, probably you, wants to move an Earshot account to this address. Confirm that it is yours. From then on you log in with it, and mail goes here.",
		],
		action: { label: "Move the account here", link },
		afterwards: [
			`The link works once, until ${timeInWords(expiresAt)}.`,
			"If it was not you, do nothing: without your confirmation nothing changes.",
		],
		footer: "Sent by Earshot because this address was entered for an account.",
	});
