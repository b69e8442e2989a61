import type { Envelope } from "../../mail/mail-transport.ts";
import { sendSmtp } from "../send-smtp.ts";
import { readSmtpUrl } from "../smtp-url.ts";

/** What a test wants sent. */
export interface Sending {
	url: string;
	envelope: Envelope;
	raw: string;
	timeoutMs: number;
}

/** A Worker that does nothing but send mail: what it comes to is its answer. */
export default {
	async fetch(request) {
		const { url, envelope, raw, timeoutMs }: Sending = await request.json();
		return Response.json(await sendSmtp(readSmtpUrl(url), envelope, raw, timeoutMs));
	},
} satisfies ExportedHandler;
