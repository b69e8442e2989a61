import { EmailMessage } from "cloudflare:email";
import { encodeMime } from "./encode-mime.ts";
import type { Mail } from "./mail.ts";

/**
 * Sends through Cloudflare's `send_email` binding. Returns the Message-ID it left with; throws
 * what the binding throws.
 * https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
export async function sendMail(
	env: Pick<NotifyEnv, "EMAIL" | "MAIL_FROM" | "NOTIFY_KEY">,
	to: string,
	mail: Mail,
): Promise<string> {
	const raw = await encodeMime(env, to, mail);
	const { messageId } = await env.EMAIL.send(new EmailMessage(env.MAIL_FROM, to, raw));
	return messageId;
}
