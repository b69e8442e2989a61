import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/*
 * How an API key is written: `esk_`, 32 random bytes as 43 characters, and the CRC-32 of those
 * characters as 6 more, all in base62, so that a double click selects it whole.
 *
 * Prefix and checksum are for programs that look for secrets where none should be: they know a key
 * when they see one. They also tell what cannot be a key without asking anybody. They protect nothing.
 */

export const API_KEY_PREFIX = "esk_";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 62 to this power is just above 2 to the power of 256. */
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;
const KEY = new RegExp(
	`^${API_KEY_PREFIX}([0-9A-Za-z]{${SECRET_CHARACTERS}})([0-9A-Za-z]{${CHECKSUM_CHARACTERS}})$`,
);

/** @param secret 32 random bytes. */
export function apiKeyText(secret: Uint8Array): string {
	const body = base62(BigInt(`0x${Buffer.from(secret).toString("hex")}`), SECRET_CHARACTERS);
	return `${API_KEY_PREFIX}${body}${checksum(body)}`;
}

/** Whether it is written as a key is; auth knows whether it is one. */
export function isApiKeyText(text: string): boolean {
	const [, body, sum] = KEY.exec(text) ?? [];
	return body !== undefined && sum === checksum(body);
}

/** By which a key is stored and looked up, in hex: it does not lead back to the key. */
export const apiKeyHash = (key: string): string => createHash("sha256").update(key).digest("hex");

const checksum = (body: string): string => base62(BigInt(crc32(body)), CHECKSUM_CHARACTERS);

function base62(number: bigint, length: number): string {
	let text = "";
	for (let rest = number; text.length < length; rest /= 62n) {
		text = ALPHABET[Number(rest % 62n)] + text;
	}
	return text;
}
