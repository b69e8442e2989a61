import { accountMail } from "./account-mail.ts";
import type { LinkMail } from "./link-mail.ts";
import type { Mail } from "./mail.ts";
import { timeInWords } from "./words.ts";

/** Hands out the way to a new password. */
export const resetMail = ({ eventId, name, link, expiresAt }: LinkMail): Promise<Mail> =>
	accountMail({
		eventId,
		subject: "Choose a new password",
		name,
		paragraphs: [
			"somebody, probably you, has asked for a new password for the Earshot account of this address.",
		],
		action: { label: "Choose a new password", link },
		afterwards: [
			`The link works once, until ${timeInWords(expiresAt)}. Whoever has it can open your account, so pass it on to nobody.`,
			"If it was not you, do nothing: the password stays as it is.",
		],
		footer: "Sent by Earshot because a new password was asked for.",
	});
