import type { AccountMailMessage } from "#contracts/account-mail-message.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";

type WithoutVersion<Message> = Message extends unknown ? Omit<Message, "v"> : never;

/** Has somebody written to about their account, soon. */
export type MailSender = (mail: WithoutVersion<AccountMailMessage>) => Promise<void>;

export function mailSender(queue: Queue): MailSender {
	return async (mail) => {
		const message: AccountMailMessage = { v: CURRENT_VERSION, ...mail };
		await queue.send(message, { contentType: "json" });
	};
}
