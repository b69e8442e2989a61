import * as z from "zod";
import { emailAddress } from "./email-address.ts";
import { sessionId, userId } from "./ids.ts";
import { type MailPreference, mailPreference } from "./mail-preference.ts";
import { newPassword } from "./password.ts";

/** What people call themselves. It stands in mails, so it is one line. */
export const personName = z
	.string()
	.trim()
	.min(1)
	.max(100)
	.refine((name) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name), "must stand on one line");

/** `POST /register`. */
export const registration = z.strictObject({
	name: personName,
	/** What the user logs in with and where their mail goes. */
	username: emailAddress,
	password: newPassword,
});
export type Registration = z.infer<typeof registration>;

/** What `POST /register` answers, whether or not the address had an account. */
export const account = z.strictObject({
	name: z.string(),
	username: z.string(),
});
export type Account = z.infer<typeof account>;

/** An account as its owner sees it. */
export const accountDocument = z
	.strictObject({
		id: userId,
		name: z.string(),
		username: z.string(),
		/** Until it is, nothing can be uploaded. */
		emailVerified: z.boolean(),
		/** False: its owner signs in elsewhere. */
		hasPassword: z.boolean(),
		/** When mail came back as undeliverable; nothing is sent there until it is confirmed anew. */
		emailUndeliverableSince: z.iso.datetime().nullable(),
		/** Which mail about conversions is sent. */
		mail: z.record(mailPreference, z.boolean()),
		createdAt: z.iso.datetime(),
	})
	.meta({ id: "Account" });
export type AccountDocument = z.infer<typeof accountDocument>;

/** `PATCH /account`: what is left out stays as it is. */
export const accountChange = z
	.strictObject({
		name: personName.describe("It stands in mails to you."),
		mail: z
			.strictObject({
				finished: z.boolean().describe("An MP3 is ready."),
				failed: z.boolean().describe("There will be none."),
				expiring: z.boolean().describe("An MP3 is deleted tomorrow."),
			} satisfies Record<MailPreference, z.ZodBoolean>)
			.partial()
			.describe("Which mail you want. What is about the account itself is always sent."),
	})
	.partial()
	.refine((change) => Object.keys(change).length > 0, "must change something");
export type AccountChange = z.infer<typeof accountChange>;

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
