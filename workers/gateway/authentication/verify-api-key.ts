import type { ApiKeyClaims } from "#contracts/api-key.ts";
import { apiKeyHash, isApiKeyText } from "#contracts/api-key-text.ts";
import { describeError } from "#contracts/log-line.ts";
import { claimsOfKey, type KeyVerifier } from "./api-key-cache.ts";

export type KeyVerification =
	| { ok: true; claims: ApiKeyClaims }
	/** `reason` is for the log; the client learns only that the key is not valid. */
	| { ok: false; code: "invalid_token" | "auth_unavailable"; reason: string };

/** Checks an API key. What is not written as one is refused without asking auth. */
export async function verifyApiKey(
	auth: KeyVerifier,
	key: string,
	now: Date,
): Promise<KeyVerification> {
	if (!isApiKeyText(key)) {
		return { ok: false, code: "invalid_token", reason: "not written as an API key" };
	}
	let claims: ApiKeyClaims | null;
	try {
		claims = await claimsOfKey(auth, apiKeyHash(key), now.getTime());
	} catch (error) {
		return { ok: false, code: "auth_unavailable", reason: describeError(error) };
	}
	if (claims === null) {
		return { ok: false, code: "invalid_token", reason: "unknown, revoked or expired API key" };
	}
	// It may have expired since auth was asked.
	if (claims.exp !== undefined && claims.exp * 1000 <= now.getTime()) {
		return { ok: false, code: "invalid_token", reason: "expired API key" };
	}
	return { ok: true, claims };
}
