import { accountMail } from "./account-mail.ts";
import type { Mail } from "./mail.ts";

/** Tells that there is a new password, and what of the old times goes on. */
export const passwordChangedMail = (mail: {
	eventId: string;
	name: string;
	/** The public URL of this Earshot. */
	publicUrl: string;
}): Promise<Mail> =>
	accountMail({
		...mail,
		subject: "Your password has been changed",
		paragraphs: [
			"your Earshot account has a new password. You have been logged out everywhere, and links that were mailed to you before work no more.",
			"API keys, if you have any, still work: scripts need no new password. Delete those that you do not know.",
		],
		afterwards: [`If it was not you, ask for a new password at once: ${mail.publicUrl}/reset`],
		footer: "Sent by Earshot because your account has a new password.",
	});
