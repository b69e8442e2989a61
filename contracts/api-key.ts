import * as z from "zod";
import { apiKeyId, userId } from "./ids.ts";
import { scope } from "./scope.ts";

const scopes = z.array(scope);

/** `POST /keys`. */
export const apiKeyWish = z.strictObject({
	name: z.string().trim().min(1).max(100).describe("Your word for it."),
	scopes: scopes
		.min(1)
		.transform((all) => [...new Set(all)])
		.describe("`admin` has the others in it."),
	expiresAt: z.iso
		.datetime({ offset: true })
		.refine((time) => Date.parse(time) > Date.now(), "must be in the future")
		.optional()
		.describe("Default: never."),
});
export type ApiKeyWish = z.infer<typeof apiKeyWish>;

/** A key as its owner sees it: never the key itself. */
export const apiKeyDocument = z
	.strictObject({
		id: apiKeyId,
		name: z.string(),
		/** Its first characters. */
		hint: z.string(),
		scopes,
		createdAt: z.iso.datetime(),
		/** To within a minute. */
		lastUsedAt: z.iso.datetime().nullable(),
		expiresAt: z.iso.datetime().nullable(),
	})
	.meta({ id: "ApiKey" });
export type ApiKeyDocument = z.infer<typeof apiKeyDocument>;

/** What is known of whoever shows a key: `POST /validate` answers it in place of a token's claims. */
export const apiKeyClaims = z.strictObject({
	sub: userId,
	email: z.string(),
	email_verified: z.boolean(),
	name: z.string(),
	scopes,
	/** Seconds since 1970. */
	exp: z.int().optional(),
});
export type ApiKeyClaims = z.infer<typeof apiKeyClaims>;
