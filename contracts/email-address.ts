import * as z from "zod";

/**
 * An email address as it is stored and compared: in lower case. ASCII alone, as the form fields of
 * browsers have it, and looked at before it is lowered: some letters of other scripts become ASCII
 * ones by that (K, the sign for kelvin, becomes k), and would then pass for somebody else's address.
 */
export const emailAddress = z
	.string()
	.trim()
	.pipe(z.email({ pattern: z.regexes.html5Email }).max(254).toLowerCase());
