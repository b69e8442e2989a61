import { createHmac, timingSafeEqual } from "node:crypto";
import { deriveKey } from "./derive-key.ts";

/** Of HMAC-SHA-256: 128 bits, 22 characters. */
const MARK_BYTES = 16;

/**
 * What marks a mail as one that Earshot sent about an event to an address: it stands in its
 * Message-ID. So the same event makes the same Message-ID, by which a duplicate is recognised; and a
 * bounce that has it in it is about a mail that was sent, which nobody can claim who has not seen it.
 */
export function mailMark(notifyKey: string, mail: { eventId: string; to: string }): string {
	const hmac = createHmac("sha256", deriveKey(notifyKey, "mail"));
	return hmac
		.update(`${mail.to.toLowerCase()}\n${mail.eventId}`)
		.digest()
		.subarray(0, MARK_BYTES)
		.toString("base64url");
}

/** Whether a mark is that of such a mail. */
export function isMailMark(
	notifyKey: string,
	mail: { eventId: string; to: string },
	mark: string,
): boolean {
	const [expected, given] = [Buffer.from(mailMark(notifyKey, mail)), Buffer.from(mark)];
	return expected.length === given.length && timingSafeEqual(expected, given);
}
