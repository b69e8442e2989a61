import { html } from "hono/html";
import type { JobError } from "#contracts/job-error.ts";
import type { Mail } from "./mail.ts";
import { footerOf, mailPage } from "./mail-page.ts";
import type { UnsubscribeLinks } from "./unsubscribe-links.ts";
import { timeInWords } from "./words.ts";

export interface FailedMail {
	eventId: string;
	unsubscribe: UnsubscribeLinks;
	fid: string;
	/** The video's name. */
	filename: string;
	ownerName: string;
	error: JobError;
	/** Where to try again, and until when; null when that makes no sense. */
	retry: { url: string; until: Date } | null;
}

/** Tells why there is no MP3 and what to do about it. */
export async function failedMail(mail: FailedMail): Promise<Mail> {
	const footer = footerOf(mail.unsubscribe);
	const { code, message, hint } = mail.error;
	const video =
		mail.retry === null
			? "The uploaded file has been deleted."
			: `You need not upload it again: until ${timeInWords(mail.retry.until)} you can try again, with other options if you like, by POST ${mail.retry.url}. Then the uploaded file is deleted.`;
	return {
		eventId: mail.eventId,
		unsubscribe: mail.unsubscribe,
		subject: `No MP3 from ${mail.filename}`,
		text: `Hello ${mail.ownerName},

"${mail.filename}" could not be turned into an MP3.

Why: ${message}
What to do: ${hint}

${video}

File id (fid): ${mail.fid}
Error code: ${code}

${footer.text}`,
		html: await mailPage(
			"No MP3 this time",
			html`<p>Hello ${mail.ownerName},</p>
<p><strong><bdi>${mail.filename}</bdi></strong> could not be turned into an MP3.</p>
<p><strong>Why:</strong> ${message}<br><strong>What to do:</strong> ${hint}</p>
<p>${video}</p>
<p style="opacity:.7;word-break:break-all">File id (fid): ${mail.fid}<br>Error code: ${code}</p>`,
			footer.html,
		),
	};
}
