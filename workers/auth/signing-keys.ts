import { type CryptoKey, importJWK, type JSONWebKeySet } from "jose";
import * as z from "zod";

const publicJwk = z.object({
	kty: z.literal("EC"),
	crv: z.literal("P-256"),
	x: z.string(),
	y: z.string(),
	kid: z.string().min(1),
});
const privateJwk = publicJwk.extend({ d: z.string() });

export interface SigningKey {
	kid: string;
	key: CryptoKey;
}

export interface SigningKeys {
	/** Signs new tokens. */
	current: SigningKey;
	/** Public halves of all keys, so that tokens signed before a rotation still verify. */
	jwks: JSONWebKeySet;
}

/** Imported once an isolate; a new secret means a new isolate, but tests change it in place. */
let cache: { secret: string; keys: Promise<SigningKeys> } | undefined;

/**
 * Reads the secret `SIGNING_KEYS`: a JSON array of ES256 keys (RFC 7517), newest first. The first one
 * is private; of the others the public halves are enough, as they only verify what they have signed
 * before. Throws when it is not that.
 */
export function signingKeys(secret: string): Promise<SigningKeys> {
	if (cache?.secret !== secret) cache = { secret, keys: importKeys(secret) };
	return cache.keys;
}

async function importKeys(secret: string): Promise<SigningKeys> {
	const jwks = z.tuple([privateJwk], publicJwk).parse(JSON.parse(secret));
	const [newest] = jwks;
	const key = await importJWK({ ...newest, alg: "ES256" }, "ES256");
	if (key instanceof Uint8Array) throw new Error("SIGNING_KEYS holds a symmetric key");
	return {
		current: { kid: newest.kid, key },
		jwks: {
			keys: jwks.map(({ kty, crv, x, y, kid }) => ({
				kty,
				crv,
				x,
				y,
				kid,
				alg: "ES256",
				use: "sig",
			})),
		},
	};
}
