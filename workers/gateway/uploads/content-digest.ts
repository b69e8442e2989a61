/**
 * The SHA-256, in hex, that a `Content-Digest` or `Repr-Digest` header declares (RFC 9530, sections 2
 * and 3). Null when there is none; other algorithms are ignored, as the RFC has it.
 */
export function declaredSha256(headers: Headers): string | null {
	const header = headers.get("content-digest") ?? headers.get("repr-digest") ?? "";
	const [, base64] = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header) ?? [];
	return base64 === undefined ? null : Uint8Array.fromBase64(base64).toHex();
}
