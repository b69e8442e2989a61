import { createLocalJWKSet, type JSONWebKeySet } from "jose";

/**
 * The public keys that access tokens are checked with: auth's JWKS, kept per isolate, so that a
 * request with a valid token costs no call.
 */

/** A removed key stops verifying within this time. */
const MAX_AGE_MS = 10 * 60 * 1000;

/**
 * A token with an unknown `kid` may have been signed after a rotation, so it fetches the keys
 * again, but not more often than this: such tokens are free to forge. No longer than it takes to get
 * a token after a rotation and come here with it.
 */
const MIN_AGE_MS = 1000;

/** Finds the key that a token names, and keeps it imported. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

let cache: { keySet: KeySet; fetchedAtMs: number } | undefined;

/** The part of auth's RPC that this needs. */
export interface KeySource {
	jwks(): Promise<JSONWebKeySet>;
}

/**
 * The keys that may verify a token with this `kid`. When auth does not answer, keys past their age
 * still serve (they were right a moment ago); with none at hand, it throws auth's error.
 */
export async function verificationKeys(
	auth: KeySource,
	kid: string,
	nowMs: number,
): Promise<KeySet> {
	if (cache !== undefined) {
		const ageMs = nowMs - cache.fetchedAtMs;
		const isKnown = cache.keySet.jwks().keys.some((key) => key.kid === kid);
		if (isKnown ? ageMs < MAX_AGE_MS : ageMs < MIN_AGE_MS) return cache.keySet;
	}
	try {
		cache = { keySet: createLocalJWKSet(await auth.jwks()), fetchedAtMs: nowMs };
	} catch (error) {
		if (cache === undefined) throw error;
	}
	return cache.keySet;
}
