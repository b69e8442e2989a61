import { html } from "hono/html";

/** The one thing that a mail wants its reader to do. */
export const button = (link: string, label: string) =>
	html`<p><a href="${link}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1a56db;color:#ffffff;text-decoration:none;font-weight:600">${label}</a></p>`;
