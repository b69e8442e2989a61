import { createHash } from "node:crypto";
import type { AccessTokenClaims } from "#contracts/account.ts";

/** A token and its claims take about a kilobyte. */
export const MAX_VERIFIED_TOKENS = 1000;

/**
 * Tokens that have been verified with one set of keys: a client sends the same one for an hour, and
 * its signature costs more than all else that a small request needs. Only what has been found valid
 * comes in, so nobody fills it with forgeries; the oldest goes when it is full.
 *
 * They are known by their SHA-256: how long a search takes tells nothing of a token, and memory holds
 * none that could be used.
 */
export class VerifiedTokens {
	readonly #claims = new Map<string, AccessTokenClaims>();

	/** The token's claims, unless it is unknown or has expired: `exp` is not after this second. */
	find(token: string, expiredSeconds: number): AccessTokenClaims | null {
		const key = digest(token);
		const claims = this.#claims.get(key);
		if (claims === undefined) return null;
		if (claims.exp > expiredSeconds) return claims;
		this.#claims.delete(key);
		return null;
	}

	add(token: string, claims: AccessTokenClaims): void {
		this.#claims.set(digest(token), claims);
		if (this.#claims.size <= MAX_VERIFIED_TOKENS) return;
		const [oldest = ""] = this.#claims.keys();
		this.#claims.delete(oldest);
	}
}

const digest = (token: string): string => createHash("sha256").update(token).digest("base64");
