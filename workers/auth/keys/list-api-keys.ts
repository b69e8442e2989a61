import type { ApiKeyDocument } from "#contracts/api-key.ts";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { findApiKeys } from "#db/queries/api-keys.ts";
import { apiKeyDocument } from "./api-key-document.ts";

export async function listApiKeys(db: Db, userId: UserId): Promise<ApiKeyDocument[]> {
	return (await findApiKeys(db, userId)).map(apiKeyDocument);
}
