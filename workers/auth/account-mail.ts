import type { AccountMailMessage } from "#contracts/account-mail-message.ts";
import { describeError } from "#contracts/log-line.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import { log } from "./log.ts";

type WithoutVersion<Message> = Message extends unknown ? Omit<Message, "v"> : never;

/** Has somebody written to about their account, soon. */
export type MailSender = (mail: WithoutVersion<AccountMailMessage>) => Promise<void>;

export function mailSender(queue: Queue): MailSender {
	return async (mail) => {
		const message: AccountMailMessage = { v: CURRENT_VERSION, ...mail };
		await queue.send(message, { contentType: "json" });
	};
}

/**
 * Has somebody told of what has been done. It never throws: whoever did it must not be told that it
 * failed, and would not get it done a second time.
 */
export async function tell(mail: MailSender, message: Parameters<MailSender>[0]): Promise<void> {
	try {
		await mail(message);
	} catch (error) {
		const { kind, userId } = message;
		log("error", "notice_lost", { kind, userId, error: describeError(error) });
	}
}
