import * as z from "zod";

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 128;

/**
 * In UTF-16 units, before anything else is done with it: normalizing takes quadratic time at worst,
 * and what is longer has more than 128 characters in any script.
 */
const MAX_UNITS = 1024;

/** Whether a password is worth normalizing and hashing at all. */
export const isOfSaneLength = (password: string): boolean => password.length <= MAX_UNITS;

/**
 * The same characters typed on any keyboard, composed or not, are the same password (NIST SP 800-63B,
 * section 3.1.1.2).
 */
export const normalizedPassword = (password: string): string => password.normalize("NFKC");

/** A password that somebody chooses: any characters, counted as they are hashed. */
export const newPassword = z.string().refine((password) => {
	if (!isOfSaneLength(password)) return false;
	const { length } = [...normalizedPassword(password)];
	return length >= MIN_CHARACTERS && length <= MAX_CHARACTERS;
}, `must have ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters`);
