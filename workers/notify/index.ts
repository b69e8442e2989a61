import { connect } from "#db/connect.ts";
import { announceExpiries } from "./announce-expiries.ts";
import { consumeMailMessage } from "./consume-mail-message.ts";
import { consumeMessage } from "./consume-message.ts";
import { consumeMp3Message } from "./consume-mp3-message.ts";

const consumers: Readonly<Record<string, typeof consumeMp3Message>> = {
	mail: consumeMailMessage,
	mp3: consumeMp3Message,
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
	scheduled: (_event, env) => announceExpiries(env, connect(env.DB), Date.now()),
} satisfies ExportedHandler<NotifyEnv>;
