import * as z from "zod";
import { emailAddress } from "./email-address.ts";
import { userId, webhookId } from "./ids.ts";
import { contractVersion } from "./version.ts";

/**
 * Queue `mail`, auth or notify → notify: write to somebody about their account.
 *
 * No message holds a secret. Where a mail carries a link, notify asks auth for its token when it
 * sends the mail, so that the token is in the mail and nowhere else.
 */
const toUser = { v: contractVersion, userId };
export const accountMailMessage = z.discriminatedUnion("kind", [
	/** The address is to be confirmed: a link. */
	z.strictObject({ ...toUser, kind: z.literal("verify") }),
	/** Somebody has forgotten the password: a link. */
	z.strictObject({ ...toUser, kind: z.literal("reset") }),
	/** Somebody has registered, or moved to, an address that has an account. */
	z.strictObject({ ...toUser, kind: z.literal("address_in_use") }),
	/** The account is to move to this address: a link, to there. */
	z.strictObject({ ...toUser, kind: z.literal("change_email"), email: emailAddress }),
	/** The account has moved away from this address, and is told so there. */
	z.strictObject({ ...toUser, kind: z.literal("email_changed"), email: emailAddress }),
	/** There is a new password. */
	z.strictObject({ ...toUser, kind: z.literal("password_changed") }),
	/** A webhook has failed for so long that nothing is sent to it any more. */
	z.strictObject({ ...toUser, kind: z.literal("webhook_disabled"), webhookId }),
]);
export type AccountMailMessage = z.infer<typeof accountMailMessage>;
