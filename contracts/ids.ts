import * as z from "zod";

/**
 * Public identifiers: a prefix that names the kind, then a ULID (26 Crockford base32 characters:
 * 48 bits of milliseconds, 80 random bits), so ids sort by creation and cannot be guessed.
 */
const prefixedUlid = <Prefix extends string>(prefix: Prefix) =>
	z.templateLiteral([prefix, "_", z.string().regex(/[0-9A-HJKMNP-TV-Z]{26}/)]);

export const userId = prefixedUlid("usr");
/** The *fid* of mails and of `GET /download?fid=`. */
export const conversionId = prefixedUlid("cnv");
export const sessionId = prefixedUlid("ses");
export const apiKeyId = prefixedUlid("key");
export const webhookId = prefixedUlid("whk");

export type UserId = z.infer<typeof userId>;
export type ConversionId = z.infer<typeof conversionId>;
export type SessionId = z.infer<typeof sessionId>;
export type ApiKeyId = z.infer<typeof apiKeyId>;
export type WebhookId = z.infer<typeof webhookId>;

/**
 * A transcoder's name for one claim of one conversion: it makes a repeated claim idempotent and a
 * second claimant recognisable.
 */
export const claimId = z.uuid();
