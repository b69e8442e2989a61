/** Far above any real address and password; a larger header is not worth decoding. */
const MAX_HEADER_CHARACTERS = 4096;

export interface Credentials {
	email: string;
	password: string;
}

/**
 * Reads `Authorization: Basic` (RFC 7617, UTF-8). Null when it is missing or malformed.
 * The password may contain colons; the address cannot.
 */
export function basicCredentials(header: string | undefined): Credentials | null {
	if (header === undefined || header.length > MAX_HEADER_CHARACTERS) return null;
	const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim());
	if (match?.[1] === undefined) return null;
	let text: string;
	try {
		const bytes = Uint8Array.from(atob(match[1]), (character) => character.charCodeAt(0));
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return null;
	}
	const colon = text.indexOf(":");
	if (colon < 1) return null;
	return { email: text.slice(0, colon), password: text.slice(colon + 1) };
}
