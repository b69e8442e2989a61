import { html } from "hono/html";
import { button } from "./button.ts";
import type { Mail } from "./mail.ts";
import { footerOf, mailPage } from "./mail-page.ts";
import type { UnsubscribeLinks } from "./unsubscribe-links.ts";
import { timeInWords } from "./words.ts";

export interface ExpiryMail {
	eventId: string;
	unsubscribe: UnsubscribeLinks;
	fid: string;
	/** The video's name. */
	filename: string;
	ownerName: string;
	expiresAt: Date;
	link: string;
}

/** Tells that an MP3 is about to be deleted, and hands it out once more. */
export async function expiryMail(mail: ExpiryMail): Promise<Mail> {
	const footer = footerOf(mail.unsubscribe);
	const expires = timeInWords(mail.expiresAt);
	return {
		eventId: mail.eventId,
		unsubscribe: mail.unsubscribe,
		subject: `Last day of your MP3: ${mail.filename}`,
		text: `Hello ${mail.ownerName},

the sound of "${mail.filename}" is deleted on ${expires}.

If you want to keep it, download it before that:
${mail.link}

Whoever has this link can download the file, so pass it on only to people you trust. If you have the file, or do not need it, there is nothing to do.

File id (fid): ${mail.fid}

${footer.text}`,
		html: await mailPage(
			"The last day of your MP3",
			html`<p>Hello ${mail.ownerName},</p>
<p>the sound of <strong><bdi>${mail.filename}</bdi></strong> is deleted on ${expires}. If you want to keep it, download it before that:</p>
${button(mail.link, "Download the MP3")}
<p>Whoever has this link can download the file, so pass it on only to people you trust. If you have the file, or do not need it, there is nothing to do.</p>
<p style="opacity:.7;word-break:break-all">File id (fid): ${mail.fid}</p>`,
			footer.html,
		),
	};
}
