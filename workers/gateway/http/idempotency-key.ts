/** Longer ones are no names for a request. */
const MAX_CHARACTERS = 255;

/** What is wrong with a key, and what to do. */
export const KEY_DETAILS = {
	idempotency_key_busy:
		"A request with this Idempotency-Key is under way. Ask again when it has ended.",
	idempotency_key_reused:
		"This Idempotency-Key came with another request before. Use a new one for a new request.",
	invalid_idempotency_key:
		"Send up to 255 printable characters without spaces as Idempotency-Key, such as a UUID.",
} as const;

/** For the description of the routes that take one. */
export const KEY_PARAMETER = {
	name: "Idempotency-Key",
	in: "header" as const,
	schema: { type: "string" as const, maxLength: MAX_CHARACTERS },
	description: "Of your choice. For a day, the same request with the same key counts once.",
};

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
