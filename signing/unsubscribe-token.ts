import { createHmac, timingSafeEqual } from "node:crypto";
import { type UserId, userId } from "#contracts/ids.ts";
import { type MailPreference, mailPreference } from "#contracts/mail-preference.ts";
import { deriveKey } from "./derive-key.ts";

/** Who wants no more of which mail. */
export interface Unsubscription {
	userId: UserId;
	kind: MailPreference;
}

const mac = (notifyKey: string, text: string): Buffer =>
	createHmac("sha256", deriveKey(notifyKey, "unsubscribe")).update(text).digest();

/**
 * A token that stands in a mail's List-Unsubscribe header (RFC 8058). It works for ever, as mail lies
 * around for long, and is good for nothing else.
 */
export function unsubscribeToken(notifyKey: string, { userId, kind }: Unsubscription): string {
	const text = `${userId}.${kind}`;
	return `${text}.${mac(notifyKey, text).toString("base64url")}`;
}

/** What a token is for. Null: it is not one of ours. */
export function readUnsubscribeToken(notifyKey: string, token: string): Unsubscription | null {
	const [user, kind, signature = "", ...more] = token.split(".");
	const parsedUser = userId.safeParse(user);
	const parsedKind = mailPreference.safeParse(kind);
	if (!parsedUser.success || !parsedKind.success || more.length > 0) return null;
	const expected = mac(notifyKey, `${user}.${kind}`);
	const given = Buffer.from(signature, "base64url");
	if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
	return { userId: parsedUser.data, kind: parsedKind.data };
}
