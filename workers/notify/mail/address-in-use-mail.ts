import { accountMail } from "./account-mail.ts";
import type { LinkMail } from "./link-mail.ts";
import type { Mail } from "./mail.ts";
import { timeInWords } from "./words.ts";

/** Tells somebody that they have an account already, and how to get into it. */
export const addressInUseMail = ({ eventId, name, link, expiresAt }: LinkMail): Promise<Mail> =>
	accountMail({
		eventId,
		subject: "You have an account already",
		name,
		paragraphs: [
			"somebody, probably you, wanted to open an Earshot account under this address, or to move one to it. You have one already, and nothing about it has changed.",
			"Log in as always. If you have forgotten the password, choose a new one:",
		],
		action: { label: "Choose a new password", link },
		afterwards: [
			`The link works once, until ${timeInWords(expiresAt)}. Whoever has it can open your account, so pass it on to nobody.`,
			"If it was not you, do nothing: whoever it was has not learnt that you have an account.",
		],
		footer: "Sent by Earshot because somebody entered this address.",
	});
