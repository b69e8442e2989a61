import { randomBytes } from "node:crypto";
import type { ApiKeyDocument, ApiKeyWish } from "#contracts/api-key.ts";
import { API_KEY_PREFIX, apiKeyHash, apiKeyText } from "#contracts/api-key-text.ts";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { newApiKeyId } from "#db/new-id.ts";
import { insertApiKey } from "#db/queries/api-keys.ts";
import { findUser } from "#db/queries/users.ts";
import { MAX_API_KEYS } from "../limits.ts";
import { apiKeyDocument } from "./api-key-document.ts";

const HINT_CHARACTERS = API_KEY_PREFIX.length + 4;

export type CreatedApiKey =
	/** `key` is shown to its owner now, and never again: what is stored is its hash. */
	| { ok: true; key: string; document: ApiKeyDocument }
	/** `invalid_token`: the user is gone, and so is the token's worth. */
	| { ok: false; code: "too_many_keys" | "invalid_token" };

export async function createApiKey(
	db: Db,
	userId: UserId,
	{ name, scopes, expiresAt }: ApiKeyWish,
	nowMs: number,
): Promise<CreatedApiKey> {
	const key = apiKeyText(randomBytes(32));
	const row = {
		id: newApiKeyId(nowMs),
		userId,
		keyHash: apiKeyHash(key),
		name,
		hint: key.slice(0, HINT_CHARACTERS),
		scopes,
		createdAtMs: nowMs,
		lastUsedAtMs: null,
		expiresAtMs: expiresAt === undefined ? null : Date.parse(expiresAt),
	};
	if (await insertApiKey(db, row, MAX_API_KEYS)) {
		return { ok: true, key, document: apiKeyDocument(row) };
	}
	return { ok: false, code: (await findUser(db, userId)) ? "too_many_keys" : "invalid_token" };
}
