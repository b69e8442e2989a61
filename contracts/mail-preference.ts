import * as z from "zod";

/**
 * Mail that an owner may turn off, by kind. What is about the account itself (links, changes of the
 * password) cannot be.
 *
 * - `finished`: an MP3 is ready.
 * - `failed`: there will be none.
 * - `expiring`: an MP3 is deleted tomorrow.
 */
export const mailPreference = z.enum(["finished", "failed", "expiring"]);
export type MailPreference = z.infer<typeof mailPreference>;
