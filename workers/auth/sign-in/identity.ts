import * as z from "zod";

/** Who somebody is at a provider. */
export interface Identity {
	/** The provider's id in the configuration. */
	provider: string;
	/** Never changes, as addresses and names do. */
	subject: string;
	name: string;
	/** Lower-cased. Null when the provider has none, or has not seen that it is theirs. */
	verifiedEmail: string | null;
}

/**
 * As registration takes them. ASCII, looked at before it is lowered: some letters of other scripts
 * become ASCII ones by that (K, the sign for kelvin, becomes k), and would be somebody else's address.
 */
const address = z
	.string()
	.trim()
	.pipe(z.email({ pattern: z.regexes.html5Email }).max(254).toLowerCase());
const MAX_NAME_CHARACTERS = 100;

export function verifiedAddress(email: unknown, isVerified: boolean): string | null {
	return isVerified ? (address.safeParse(email).data ?? null) : null;
}

/** The first of some names that says something, on one line, cut to what a name may be. */
export function nameOf(...candidates: unknown[]): string {
	for (const candidate of candidates) {
		if (typeof candidate !== "string") continue;
		const name = candidate.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
		if (name !== "") return [...name].slice(0, MAX_NAME_CHARACTERS).join("").trim();
	}
	return "Somebody";
}
