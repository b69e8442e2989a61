import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { findUnannouncedExpiries } from "#db/queries/conversion-expiry.ts";
import { log } from "./log.ts";
import { composeExpiryMail } from "./mail/compose-expiry-mail.ts";
import { sendOnce } from "./mail/send-once.ts";

/** How long before its MP3 is deleted an owner is told. */
const NOTICE_MS = 24 * 60 * 60 * 1000;

/** Mails one run sends: a Worker may make 1000 subrequests, and a mail takes a handful. */
const BATCH = 50;

/** Tells owners, once, that an MP3 is deleted within a day. What fails is tried again next time. */
export async function announceExpiries(env: NotifyEnv, db: Db, nowMs: number): Promise<void> {
	for (const row of await findUnannouncedExpiries(db, nowMs + NOTICE_MS, BATCH)) {
		try {
			await sendOnce(env, db, row, "expiry", (owner) => composeExpiryMail(env, row, owner));
		} catch (error) {
			log("error", "notice_failed", { conversionId: row.id, error: describeError(error) });
		}
	}
}
