import { connect } from "#db/connect.ts";
import { announceExpiries } from "./announce-expiries.ts";
import { consumeMp3Message } from "./consume-mp3-message.ts";

export default {
	async queue(batch, env) {
		const db = connect(env.DB);
		// One after the other: a batch is small, and D1 and the mail service set the pace.
		for (const message of batch.messages) await consumeMp3Message(env, db, message);
	},
	scheduled: (_event, env) => announceExpiries(env, connect(env.DB), Date.now()),
} satisfies ExportedHandler<NotifyEnv>;
