import { accountMail } from "./account-mail.ts";
import type { Mail } from "./mail.ts";

/** Tells the address that an account has left. */
export const emailChangedMail = (mail: { eventId: string; name: string }): Promise<Mail> =>
	accountMail({
		...mail,
		subject: "Your account has moved to another address",
		paragraphs: [
			"your Earshot account has moved to another address, as was asked for with your password and confirmed from there. From now on you log in with that one, and mail goes there. This is the last mail to this address.",
		],
		afterwards: [
			"If it was not you, somebody knows your password. Tell the people who run this Earshot at once, and change that password wherever else you use it.",
		],
		footer: "Sent by Earshot because this was the address of your account.",
	});
