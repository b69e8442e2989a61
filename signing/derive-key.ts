import { hkdfSync } from "node:crypto";

/** What is derived from the one secret: each purpose has a key of its own. */
export type KeyPurpose = "mail" | "unsubscribe" | "webhook";

const KEY_BYTES = 32;

/**
 * A key for one purpose, and for one `subject` of it, from the secret NOTIFY_KEY, which the gateway
 * and notify share: HKDF-SHA-256 (RFC 5869). Whoever learns one of them learns nothing of the others.
 *
 * @param notifyKey at least 32 random bytes in base64. Throws when it is shorter.
 */
export function deriveKey(notifyKey: string, purpose: KeyPurpose, subject = ""): Buffer {
	const secret = Buffer.from(notifyKey, "base64");
	if (secret.length < KEY_BYTES) throw new Error("NOTIFY_KEY must be 32 bytes or more in base64");
	return Buffer.from(hkdfSync("sha256", secret, "", `earshot ${purpose} ${subject}`, KEY_BYTES));
}
