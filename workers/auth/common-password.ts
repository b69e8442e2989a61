import commonPasswords from "@zxcvbn-ts/language-common/src/passwords.json";
import { normalizedPassword } from "#contracts/password.ts";

/**
 * Whether a password is one of those that are tried first: about 18 000 of the list's are long enough
 * to be chosen here, all in lower case (docs/decisions/020-common-passwords.md).
 */
export const isCommonPassword = (password: string): boolean =>
	commonPasswords.includes(normalizedPassword(password).toLowerCase());
