import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { findExpiries } from "#db/queries/email-tokens.ts";
import { findUser } from "#db/queries/users.ts";
import type { MailSender } from "./account-mail.ts";
import { MAX_LIVE_LINKS } from "./limits.ts";

export type RequestVerificationResult =
	| { ok: true }
	| { ok: false; code: "invalid_token" }
	| { ok: false; code: "rate_limited"; retryAfterSeconds: number };

/** Has the mail that confirms the user's address sent again, unless that is done and no mail came back since. */
export async function requestVerification(
	db: Db,
	mail: MailSender,
	userId: UserId,
	nowMs: number,
): Promise<RequestVerificationResult> {
	const user = await findUser(db, userId);
	if (user === null) return { ok: false, code: "invalid_token" };
	const isConfirmed = user.emailVerifiedAtMs !== null && user.emailUndeliverableAtMs === null;
	if (isConfirmed) return { ok: true };
	const expiries = await findExpiries(db, { userId, purpose: "verify" }, nowMs);
	const [next] = expiries;
	if (next !== undefined && expiries.length >= MAX_LIVE_LINKS) {
		const retryAfterSeconds = Math.ceil((next - nowMs) / 1000);
		return { ok: false, code: "rate_limited", retryAfterSeconds };
	}
	await mail({ kind: "verify", userId });
	return { ok: true };
}
