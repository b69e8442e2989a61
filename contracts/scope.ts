import * as z from "zod";

/**
 * What an API key may do; an access token may do all of it.
 *
 * - `read`: see and download conversions, and get links to them.
 * - `upload`: upload, try again, cancel.
 * - `admin`: all that, rename and delete, and manage webhooks.
 *
 * Whoever would change the account itself (passwords, addresses, sessions, keys) has to log in.
 */
export const scope = z.enum(["read", "upload", "admin"]);
export type Scope = z.infer<typeof scope>;
