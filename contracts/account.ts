import * as z from "zod";
import { sessionId, userId } from "./ids.ts";

const characters = (text: string) => [...text].length;

/** `POST /register`. */
export const registration = z.strictObject({
	name: z.string().trim().min(1).max(100),
	/** The user's email address: what they log in with and where their mail goes. */
	username: z
		.string()
		.trim()
		.toLowerCase()
		.pipe(z.email({ pattern: z.regexes.html5Email }).max(254)),
	/** Counted in characters; longer ones would only burn CPU. */
	password: z.string().refine((password) => {
		const length = characters(password);
		return length >= 8 && length <= 128;
	}, "must have 8 to 128 characters"),
});
export type Registration = z.infer<typeof registration>;

/** What `POST /register` answers, whether or not the address had an account. */
export const account = z.strictObject({
	name: z.string(),
	username: z.string(),
});
export type Account = z.infer<typeof account>;

/** Claims of an access token (RFC 7519), as `POST /validate` answers them. */
export const accessTokenClaims = z.object({
	iss: z.string(),
	aud: z.string(),
	sub: userId,
	email: z.string(),
	/** Whether the address was known to be the user's. Until it is, nothing can be uploaded. */
	email_verified: z.boolean().default(false),
	name: z.string(),
	/** The session that it comes from; a token of `POST /login` has none. */
	sid: sessionId.optional(),
	/** Seconds since 1970. */
	iat: z.int(),
	exp: z.int(),
});
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;

/** The `aud` of access tokens: nothing else signed by auth may pass for one. */
export const ACCESS_TOKEN_AUDIENCE = "earshot";
