/** Far above any token of ours; a larger header is not worth reading. */
const MAX_HEADER_CHARACTERS = 8192;

/** The token of an `Authorization: Bearer` header (RFC 6750). Null when there is none. */
export function bearerToken(header: string | undefined): string | null {
	if (header === undefined || header.length > MAX_HEADER_CHARACTERS) return null;
	return /^bearer +([\w~+/.-]+=*)$/i.exec(header.trim())?.[1] ?? null;
}
