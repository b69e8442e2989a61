import type { ApiKeyDocument } from "#contracts/api-key.ts";
import type { ApiKey } from "#db/schema/api-keys.ts";

/** What a key's owner sees of it. */
export function apiKeyDocument(row: ApiKey): ApiKeyDocument {
	const { id, name, hint, scopes, createdAtMs, lastUsedAtMs, expiresAtMs } = row;
	return {
		id,
		name,
		hint,
		scopes,
		createdAt: new Date(createdAtMs).toISOString(),
		lastUsedAt: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
		expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
	};
}
