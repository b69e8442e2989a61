import type { Db } from "#db/connect.ts";
import {
	finishConversion,
	leaseMail,
	recordMailSent,
	releaseMail,
} from "#db/queries/conversion-finish.ts";
import { findAddress } from "#db/queries/users.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { composeOutcomeMail } from "./mail/compose-outcome-mail.ts";
import { sendMail } from "./mail/send-mail.ts";
import { removeLeftovers } from "./remove-leftovers.ts";

/** Longer than sending one mail can take. */
const MAIL_LEASE_MS = 60 * 1000;

/**
 * `told`: the owner has been told, now or before. `superseded`: the attempt has nothing to say.
 * `wait`: another delivery is telling right now; come back to see that it did.
 */
export type FinishResult = "told" | "superseded" | "wait";

/** Makes a settled attempt final, tells its owner once, and removes what is no longer needed. */
export async function finishAttempt(
	env: NotifyEnv,
	db: Db,
	attempt: Pick<Conversion, "id" | "attempt">,
): Promise<FinishResult> {
	const row = await finishConversion(db, attempt, Date.now());
	if (row === null) return "superseded";
	const turn = await leaseMail(db, row, Date.now(), MAIL_LEASE_MS);
	if (turn === "wait") return "wait";
	if (turn === "send") await tellOwner(env, db, row);
	await removeLeftovers(env, row);
	return "told";
}

async function tellOwner(env: NotifyEnv, db: Db, row: Conversion): Promise<void> {
	try {
		const owner = await findAddress(db, row.userId);
		if (owner === null) throw new Error("the conversion has no owner");
		const mail = await composeOutcomeMail(env, row, owner, new Date());
		const messageId = await sendMail(env, owner.email, mail);
		await recordMailSent(db, row, { messageId, nowMs: Date.now() });
	} catch (error) {
		await releaseMail(db, row);
		throw error;
	}
}
