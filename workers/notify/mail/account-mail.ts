import { html } from "hono/html";
import { button } from "./button.ts";
import type { Mail } from "./mail.ts";
import { mailPage } from "./mail-page.ts";

/** A mail about an account: paragraphs, and at most one link. */
export interface AccountLetter {
	eventId: string;
	subject: string;
	/** Null: nobody has shown that the address is theirs, so the name may be anybody's words. */
	name: string | null;
	paragraphs: readonly string[];
	action?: { label: string; link: string };
	afterwards: readonly string[];
	/** Why the mail was sent. */
	footer: string;
}

export async function accountMail(letter: AccountLetter): Promise<Mail> {
	const { eventId, subject, action, footer } = letter;
	const hello = letter.name === null ? "Hello," : `Hello ${letter.name},`;
	const link = action === undefined ? [] : [`${action.label}:\n${action.link}`];
	const texts = [hello, ...letter.paragraphs, ...link, ...letter.afterwards, footer];
	const inHtml = (paragraphs: readonly string[]) =>
		paragraphs.map((text) => html`<p>${text}</p>\n`);
	return {
		eventId,
		subject,
		text: `${texts.join("\n\n")}\n`,
		html: await mailPage(
			subject,
			html`<p>${hello}</p>
${inHtml(letter.paragraphs)}${action && linkInHtml(action)}${inHtml(letter.afterwards)}`,
			footer,
		),
	};
}

/** A button, and the link to copy where buttons do not work. */
const linkInHtml = ({ label, link }: { label: string; link: string }) => html`${button(link, label)}
<p style="opacity:.7;font-size:14px">If the button does nothing, copy this address into a browser:<br><span style="word-break:break-all">${link}</span></p>
`;
