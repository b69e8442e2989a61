import { DrizzleQueryError } from "drizzle-orm";
import { describeError } from "#contracts/log-line.ts";
import { recordMailGivenUp } from "#db/queries/mail-lease.ts";
import { log } from "../log.ts";
import { sendOnce } from "./send-once.ts";

/**
 * Tries to send a mail for the last time. Throws only what D1 throws: that a mail could not be sent
 * is recorded, and nobody tries again.
 */
export const sendOrGiveUp: typeof sendOnce = async (env, db, row, kind, compose) => {
	try {
		return await sendOnce(env, db, row, kind, compose);
	} catch (error) {
		if (error instanceof DrizzleQueryError) throw error;
		const because = describeError(error);
		await recordMailGivenUp(
			db,
			{ id: row.id, attempt: row.attempt, kind },
			{ nowMs: Date.now(), because },
		);
		log("error", "mail_given_up", { conversionId: row.id, attempt: row.attempt, kind, because });
		return "sent";
	}
};
