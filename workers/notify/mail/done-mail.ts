import { html } from "hono/html";
import { button } from "./button.ts";
import type { Mail } from "./mail.ts";
import { footerOf, mailPage } from "./mail-page.ts";
import type { UnsubscribeLinks } from "./unsubscribe-links.ts";
import { durationInWords, sizeInWords, timeInWords } from "./words.ts";

export interface DoneMail {
	eventId: string;
	unsubscribe: UnsubscribeLinks;
	fid: string;
	/** The video's name. */
	filename: string;
	ownerName: string;
	publicUrl: string;
	link: string;
	linkExpiresAt: Date;
	durationSeconds: number;
	sizeBytes: number;
	bitrateKbps: number;
}

/** Tells that an MP3 is ready and where it is. */
export async function doneMail(mail: DoneMail): Promise<Mail> {
	const footer = footerOf(mail.unsubscribe);
	const facts = [
		["Length", durationInWords(mail.durationSeconds)],
		["Size", sizeInWords(mail.sizeBytes)],
		["Quality", `MP3, ${Math.round(mail.bitrateKbps)} kbit/s on average`],
		["File id (fid)", mail.fid],
	] as const;
	const expires = timeInWords(mail.linkExpiresAt);
	const afterwards = `${mail.publicUrl}/download?fid=${mail.fid}`;
	return {
		eventId: mail.eventId,
		unsubscribe: mail.unsubscribe,
		subject: `Your MP3 is ready: ${mail.filename}`,
		text: `Hello ${mail.ownerName},

the sound of "${mail.filename}" is ready.

Download it here:
${mail.link}

The link works until ${expires}. Whoever has it can download the file, so pass it on only to people you trust. After that, download it with your access token from
${afterwards}

${facts.map(([name, value]) => `${name}: ${value}`).join("\n")}

${footer.text}`,
		html: await mailPage(
			`Your MP3 is ready`,
			html`<p>Hello ${mail.ownerName},</p>
<p>the sound of <strong><bdi>${mail.filename}</bdi></strong> is ready.</p>
${button(mail.link, "Download the MP3")}
<p>The link works until ${expires}. Whoever has it can download the file, so pass it on only to people you trust. After that, download it with your access token from<br><a href="${afterwards}" style="color:inherit;word-break:break-all">${afterwards}</a></p>
<table style="border-collapse:collapse">${facts.map(
				([name, value]) =>
					html`<tr><th style="text-align:left;font-weight:normal;padding:2px 16px 2px 0;opacity:.7">${name}</th><td style="padding:2px 0;word-break:break-all">${value}</td></tr>`,
			)}</table>`,
			footer.html,
		),
	};
}
