import { generateKeyPairSync, type JsonWebKey, randomUUID } from "node:crypto";
import * as z from "zod";

/** What is left of a key when its private half is taken away, and of a published key's details. */
const publicKey = z.object({
	kty: z.literal("EC"),
	crv: z.literal("P-256"),
	x: z.string(),
	y: z.string(),
	kid: z.string(),
});
const publishedKeys = z.tuple([publicKey], publicKey);

/** A new key to sign access tokens with (ES256). */
export function newSigningKey(): JsonWebKey {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	return { ...privateKey.export({ format: "jwk" }), kid: randomUUID() };
}

/**
 * The secret `SIGNING_KEYS` after a rotation: a new key, and the public half of the one that has
 * signed until now, so that its tokens verify until they expire. Older ones are dropped: their tokens
 * have expired an hour after the rotation before this one.
 *
 * @param published the keys until now, newest first, as `/.well-known/jwks.json` has them.
 */
export function rotatedSigningKeys(published: unknown): string {
	const [newest] = publishedKeys.parse(published);
	return JSON.stringify([newSigningKey(), newest]);
}
