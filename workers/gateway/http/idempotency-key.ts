/** Longer ones are no names for a request. */
const MAX_CHARACTERS = 255;

/**
 * The `Idempotency-Key` of a request: a string in double quotes
 * (draft-ietf-httpapi-idempotency-key-header-07, section 2.1), or without them, as many clients send
 * it. Undefined when there is none, null when it cannot be read.
 */
export function idempotencyKey(headers: Headers): string | undefined | null {
	const header = headers.get("idempotency-key")?.trim();
	if (header === undefined) return undefined;
	const key = /^"([\x20-\x7e]+)"$/.exec(header)?.[1] ?? header;
	return /^[\x21\x23-\x7e]+$/.test(key) && key.length <= MAX_CHARACTERS ? key : null;
}
