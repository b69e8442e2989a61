import { createHash, randomBytes } from "node:crypto";

/** RFC 4648's base64url of 32 random bytes: nobody guesses one. */
export const newEmailToken = (): string => randomBytes(32).toString("base64url");

/**
 * What is stored of a token. A plain SHA-256 is enough: there is nothing to guess, and whoever reads
 * the database cannot open what was mailed.
 */
export const hashEmailToken = (token: string): string =>
	createHash("sha256").update(token).digest("hex");
