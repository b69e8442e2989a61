import type { ApiKeyClaims } from "#contracts/api-key.ts";

/**
 * What auth has said of API keys, kept per isolate by their hashes, so that few requests with a key
 * cost a call.
 */

/** A key that has been revoked opens nothing after this time; one that is unknown stays so. */
const MAX_AGE_MS = 60 * 1000;

/** Of each kind: below a megabyte. The oldest make room. */
const MAX_ENTRIES = 1000;

interface Word {
	claims: ApiKeyClaims | null;
	/** Before auth was asked: what it saw is no older. */
	askedAtMs: number;
}

/** Apart, so that whoever guesses keys does not push out those that are in use. */
const words = { known: new Map<string, Word>(), unknown: new Map<string, Word>() };

/** The part of auth's RPC that this needs. */
export interface KeyVerifier {
	verifyApiKey(keyHash: string): Promise<ApiKeyClaims | null>;
}

/** Whose the key with this hash is; null when it opens nothing. Throws when auth does not answer. */
export async function claimsOfKey(
	auth: KeyVerifier,
	keyHash: string,
	nowMs: number,
): Promise<ApiKeyClaims | null> {
	const word = words.known.get(keyHash) ?? words.unknown.get(keyHash);
	if (word !== undefined && nowMs - word.askedAtMs < MAX_AGE_MS) return word.claims;
	const claims = await auth.verifyApiKey(keyHash);
	words.known.delete(keyHash);
	keep(claims === null ? words.unknown : words.known, keyHash, { claims, askedAtMs: nowMs });
	return claims;
}

function keep(kind: Map<string, Word>, keyHash: string, word: Word): void {
	// Taken out first, so that the map's order is that of the asking.
	kind.delete(keyHash);
	const [oldest] = kind.keys();
	if (kind.size >= MAX_ENTRIES && oldest !== undefined) kind.delete(oldest);
	kind.set(keyHash, word);
}
