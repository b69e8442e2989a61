import { accountMail } from "./account-mail.ts";
import type { Mail } from "./mail.ts";

/** Tells that a webhook has failed for so long that nothing is sent to it any more. */
export const webhookDisabledMail = (mail: {
	eventId: string;
	name: string;
	/** The owner's word for the webhook. */
	webhookName: string;
	webhookId: string;
	publicUrl: string;
}): Promise<Mail> =>
	accountMail({
		eventId: mail.eventId,
		subject: `Your webhook has been disabled: ${mail.webhookName}`,
		name: mail.name,
		paragraphs: [
			`for three days, nothing that was sent to your webhook "${mail.webhookName}" was accepted. So it has been disabled: nothing is sent to it any more.`,
			`What it answered stands in its log: GET ${mail.publicUrl}/webhooks/${mail.webhookId}/deliveries`,
		],
		afterwards: [
			`When it works again, enable it: PATCH ${mail.publicUrl}/webhooks/${mail.webhookId} with {"enabled": true}. Then you can have deliveries that failed sent again.`,
		],
		footer: "Sent by Earshot because you made this webhook.",
	});
