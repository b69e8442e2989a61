/** Where a browser goes that does not say. */
const DEFAULT_PATH = "/docs";

/** It is kept in a cookie, which browsers keep up to 4096 bytes. */
const MAX_CHARACTERS = 512;

/**
 * Where a browser goes when it has signed in: a path of ours, whatever was asked for. Otherwise a link
 * to here would lead to anywhere (`//evil.example`, `/\evil.example`, and what else browsers take for
 * another host), with our name on it.
 */
export function returnPath(asked: string | undefined, publicUrl: string): string {
	if (!asked?.startsWith("/") || asked.length > MAX_CHARACTERS) return DEFAULT_PATH;
	const url = URL.parse(asked, publicUrl);
	if (url?.origin !== new URL(publicUrl).origin) return DEFAULT_PATH;
	const path = `${url.pathname}${url.search}${url.hash}`;
	// Dots are resolved by now: `/.//evil.example` has become another host.
	return path.startsWith("//") || path.length > MAX_CHARACTERS ? DEFAULT_PATH : path;
}
