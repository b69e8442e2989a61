import { accountMail } from "./account-mail.ts";
import type { LinkMail } from "./link-mail.ts";
import type { Mail } from "./mail.ts";
import { timeInWords } from "./words.ts";

/** Asks whether the address is its reader's. The account's name may be a stranger's words, so it is left out. */
export const verifyMail = ({ eventId, link, expiresAt }: LinkMail): Promise<Mail> =>
	accountMail({
		eventId,
		subject: "Confirm your address",
		name: null,
		paragraphs: [
			"somebody, probably you, has registered with Earshot under this address. Confirm that it is yours, and you can send videos.",
		],
		action: { label: "Confirm this address", link },
		afterwards: [
			`The link works once, until ${timeInWords(expiresAt)}.`,
			"If it was not you, do nothing: without your confirmation nobody can use Earshot under your address.",
		],
		footer: "Sent by Earshot because this address was registered.",
	});
