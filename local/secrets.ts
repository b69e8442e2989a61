import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { newSigningKey } from "./signing-keys.ts";

const localSecrets = z.object({
	CONTROL_KEY: z.string(),
	NOTIFY_KEY: z.string(),
	SIGNING_KEYS: z.string(),
	R2_ACCESS_KEY_ID: z.string(),
	R2_SECRET_ACCESS_KEY: z.string(),
	QUEUES_API_TOKEN: z.string(),
});

/** The secrets of one local stack: what `wrangler secret put` holds in production. */
export type LocalSecrets = z.infer<typeof localSecrets>;

/** Fresh random secrets. */
export function generateSecrets(): LocalSecrets {
	return {
		CONTROL_KEY: randomBytes(32).toString("base64"),
		NOTIFY_KEY: randomBytes(32).toString("base64"),
		SIGNING_KEYS: JSON.stringify([newSigningKey()]),
		R2_ACCESS_KEY_ID: randomBytes(16).toString("hex"),
		R2_SECRET_ACCESS_KEY: randomBytes(32).toString("hex"),
		QUEUES_API_TOKEN: randomBytes(32).toString("base64url"),
	};
}

/**
 * The secrets kept in a file that only its owner may read. What is not in it, because it is new or
 * was written by an older Earshot, is made.
 */
export function keptSecrets(file: string): LocalSecrets {
	mkdirSync(dirname(file), { recursive: true });
	const kept: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
	const secrets = localSecrets.parse({ ...generateSecrets(), ...(kept as object) });
	keepSecrets(file, secrets);
	return secrets;
}

/** Replaces the kept secrets. */
export function keepSecrets(file: string, secrets: LocalSecrets): void {
	writeFileSync(file, JSON.stringify(secrets, null, "\t"), { mode: 0o600 });
}
