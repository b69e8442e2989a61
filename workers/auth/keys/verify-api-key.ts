import type { ApiKeyClaims } from "#contracts/api-key.ts";
import type { Db } from "#db/connect.ts";
import { findApiKey, recordApiKeyUse } from "#db/queries/api-keys.ts";
import { API_KEY_USE_INTERVAL_MS } from "../limits.ts";

/**
 * Whose the key with this hash is and what it may do; null when it is no key, or none any more. The
 * key itself never gets here.
 */
export async function verifyApiKey(
	db: Db,
	keyHash: string,
	nowMs: number,
): Promise<ApiKeyClaims | null> {
	const found = await findApiKey(db, keyHash);
	if (found === null) return null;
	const { key, user } = found;
	if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return null;
	const notedBeforeMs = nowMs - API_KEY_USE_INTERVAL_MS;
	if (key.lastUsedAtMs === null || key.lastUsedAtMs <= notedBeforeMs) {
		await recordApiKeyUse(db, key.id, { nowMs, notedBeforeMs });
	}
	return {
		sub: user.id,
		email: user.email,
		email_verified: user.emailVerifiedAtMs !== null,
		name: user.name,
		scopes: key.scopes,
		...(key.expiresAtMs !== null && { exp: Math.floor(key.expiresAtMs / 1000) }),
	};
}
