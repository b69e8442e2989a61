import { encodeMime } from "./encode-mime.ts";
import type { Mail } from "./mail.ts";
import type { SendResult } from "./mail-transport.ts";
import { transportOf } from "./transport-of.ts";

/** Hands a mail over to whoever delivers it. */
export async function sendMail(
	env: Pick<NotifyEnv, "EMAIL" | "MAIL_FROM" | "NOTIFY_KEY" | "SMTP_TIMEOUT_SECONDS" | "SMTP_URL">,
	to: string,
	mail: Mail,
): Promise<SendResult> {
	const raw = await encodeMime(env, to, mail);
	return transportOf(env).send({ from: env.MAIL_FROM, to }, raw);
}

/** A mail that was not taken now, and will be later. Without its address, as it goes into logs. */
export class MailDelayed extends Error {
	constructor({ code, reason }: Extract<SendResult, { ok: false }>) {
		super(`${code}: ${reason.replace(/[^\s<>"]+@[^\s<>"]+/g, "(address)")}`);
		this.name = "MailDelayed";
	}
}
