import { sendSmtp } from "../smtp/send-smtp.ts";
import { readSmtpUrl } from "../smtp/smtp-url.ts";
import type { MailTransport } from "./mail-transport.ts";
import { sendByCloudflare } from "./send-by-cloudflare.ts";

/**
 * The transport that the configuration says: an SMTP server if there is one, else Cloudflare. Throws
 * when SMTP_URL is not one, so that mail waits in its queue until it is.
 */
export function transportOf(
	env: Pick<NotifyEnv, "EMAIL" | "SMTP_URL" | "SMTP_TIMEOUT_SECONDS">,
): MailTransport {
	const { EMAIL, SMTP_URL, SMTP_TIMEOUT_SECONDS } = env;
	if (SMTP_URL === undefined) {
		return { send: (envelope, raw) => sendByCloudflare(EMAIL, envelope, raw) };
	}
	const server = readSmtpUrl(SMTP_URL);
	const timeoutMs = SMTP_TIMEOUT_SECONDS * 1000;
	return { send: (envelope, raw) => sendSmtp(server, envelope, raw, timeoutMs) };
}
