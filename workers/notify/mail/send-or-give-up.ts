import { DrizzleQueryError } from "drizzle-orm";
import { describeError } from "#contracts/log-line.ts";
import { recordMailGivenUp } from "#db/queries/mail-lease.ts";
import { log } from "../log.ts";
import { sendOnce } from "./send-once.ts";

/**
 * Nothing is given up before: whoever may write to the queues could else choose the moment. Mails
 * become dead letters after a day.
 */
const PATIENCE_MS = 60 * 60 * 1000;

/**
 * Tries to send a mail for the last time: that it could not be sent is recorded, and nobody tries
 * again. Throws what D1 throws, and everything while the conversion has only just ended.
 */
export const sendOrGiveUp: typeof sendOnce = async (env, db, row, kind, compose) => {
	try {
		return await sendOnce(env, db, row, kind, compose);
	} catch (error) {
		const nowMs = Date.now();
		const isRecent = nowMs - (row.finishedAtMs ?? nowMs) < PATIENCE_MS;
		if (isRecent || error instanceof DrizzleQueryError) throw error;
		const because = describeError(error);
		const owed = { id: row.id, attempt: row.attempt, kind };
		await recordMailGivenUp(db, owed, { nowMs, because });
		log("error", "mail_given_up", { conversionId: row.id, attempt: row.attempt, kind, because });
		return "sent";
	}
};
