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

/** As registration takes them (contracts/account.ts). */
const address = z
	.string()
	.trim()
	.toLowerCase()
	.pipe(z.email({ pattern: z.regexes.html5Email }).max(254));
const MAX_NAME_CHARACTERS = 100;

export function verifiedAddress(email: unknown, isVerified: boolean): string | null {
	return isVerified ? (address.safeParse(email).data ?? null) : null;
}

/** The first of some names that says something, cut to what a name may be. */
export function nameOf(...candidates: unknown[]): string {
	for (const candidate of candidates) {
		const name = typeof candidate === "string" ? candidate.trim() : "";
		if (name !== "") return [...name].slice(0, MAX_NAME_CHARACTERS).join("").trim();
	}
	return "Somebody";
}
