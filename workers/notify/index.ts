import { connect } from "#db/connect.ts";
import { consumeMailMessage } from "./consume-mail-message.ts";
import { consumeMessage } from "./consume-message.ts";
import { consumeMp3Message } from "./consume-mp3-message.ts";
import { consumeMp3Letter } from "./dead-letters/consume-mp3-letter.ts";
import { consumeVideoLetter } from "./dead-letters/consume-video-letter.ts";
import { receiveMail } from "./inbound/receive-mail.ts";
import { runCron } from "./run-cron.ts";
import { consumeWebhookMessage } from "./webhooks/consume-webhook-message.ts";

const consumers: Readonly<Record<string, typeof consumeMp3Message>> = {
	mail: consumeMailMessage,
	mp3: consumeMp3Message,
	webhook: consumeWebhookMessage,
	"mp3-dlq": consumeMp3Letter,
	"video-dlq": consumeVideoLetter,
};

/** Whose messages do not wait for each other: a receiver may take ten seconds to answer. */
const AT_ONCE: readonly string[] = ["webhook"];

export default {
	async queue({ queue, messages }, env) {
		const consume = consumers[queue];
		if (consume === undefined) throw new Error(`nobody consumes the queue ${queue}`);
		const db = connect(env.DB);
		const handle = (message: Message) => consumeMessage(message, () => consume(env, db, message));
		if (AT_ONCE.includes(queue)) {
			await Promise.all(messages.map(handle));
			return;
		}
		// One after the other: a batch is small, and D1 and the mail service set the pace.
		for (const message of messages) await handle(message);
	},
	email: (message, env) => receiveMail(env, connect(env.DB), message),
	scheduled: (_event, env) => runCron(env, connect(env.DB), Date.now()),
} satisfies ExportedHandler<NotifyEnv>;
