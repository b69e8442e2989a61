import { connect } from "#db/connect.ts";
import { consumeMailMessage } from "./consume-mail-message.ts";
import { consumeMessage } from "./consume-message.ts";
import { consumeMp3Message } from "./consume-mp3-message.ts";
import { consumeMp3Letter } from "./dead-letters/consume-mp3-letter.ts";
import { consumeVideoLetter } from "./dead-letters/consume-video-letter.ts";
import { runCron } from "./run-cron.ts";

const consumers: Readonly<Record<string, typeof consumeMp3Message>> = {
	mail: consumeMailMessage,
	mp3: consumeMp3Message,
	"mp3-dlq": consumeMp3Letter,
	"video-dlq": consumeVideoLetter,
};

export default {
	async queue({ queue, messages }, env) {
		const consume = consumers[queue];
		if (consume === undefined) throw new Error(`nobody consumes the queue ${queue}`);
		const db = connect(env.DB);
		// One after the other: a batch is small, and D1 and the mail service set the pace.
		for (const message of messages) {
			await consumeMessage(message, () => consume(env, db, message));
		}
	},
	scheduled: (_event, env) => runCron(env, connect(env.DB), Date.now()),
} satisfies ExportedHandler<NotifyEnv>;
