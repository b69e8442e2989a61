import { html } from "hono/html";
import type { UnsubscribeLinks } from "./unsubscribe-links.ts";

const BECAUSE_OF_VIDEO = "Sent by Earshot because you sent this video.";

/** The footer of mails about a conversion, which say how to get no more of them. */
export const footerOf = ({ page }: UnsubscribeLinks) => ({
	text: `${BECAUSE_OF_VIDEO}\nNo more mails of this kind: ${page}\n`,
	html: html`${BECAUSE_OF_VIDEO} <a href="${page}" style="color:inherit">No more mails of this kind</a>`,
});

type Html = ReturnType<typeof html>;

/**
 * The frame of every HTML mail: one column that fits a phone, colours left to the client so that
 * dark mode works, no images, no remote content; names and addresses break where they have to. Its footer says why the mail was sent.
 */
export async function mailPage(
	title: string,
	content: Html,
	footer: Html | string,
): Promise<string> {
	const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body style="margin:0;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
<div style="max-width:34em;margin:0 auto;overflow-wrap:anywhere;word-break:break-word">
<h1 style="font-size:20px;margin:0 0 16px">${title}</h1>
${content}
<p style="opacity:.7;font-size:14px;margin-top:32px">${footer}</p>
</div>
</body>
</html>`;
	return page.toString();
}
