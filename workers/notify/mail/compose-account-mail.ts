import type { AccountMailMessage } from "#contracts/account-mail-message.ts";
import type { Db } from "#db/connect.ts";
import { findAddress } from "#db/queries/users.ts";
import { findWebhook } from "#db/queries/webhooks.ts";
import { addressInUseMail } from "./address-in-use-mail.ts";
import { changeEmailMail } from "./change-email-mail.ts";
import { emailChangedMail } from "./email-changed-mail.ts";
import type { LinkMail } from "./link-mail.ts";
import type { Mail } from "./mail.ts";
import { passwordChangedMail } from "./password-changed-mail.ts";
import { resetMail } from "./reset-mail.ts";
import { verifyMail } from "./verify-mail.ts";
import { webhookDisabledMail } from "./webhook-disabled-mail.ts";

type Environment = Pick<NotifyEnv, "AUTH" | "PUBLIC_URL">;

/** A mail with its address, and the token of the link in it. */
export interface AddressedMail {
	to: string;
	mail: Mail;
	token: string | null;
}

/**
 * The mail that a message asks for. Null: nobody needs it any more, or its user has had enough of
 * them.
 */
export async function composeAccountMail(
	env: Environment,
	db: Db,
	message: AccountMailMessage,
	eventId: string,
): Promise<AddressedMail | null> {
	const { userId } = message;
	switch (message.kind) {
		case "verify":
			return withLink(env, eventId, "verify", { purpose: "verify", userId }, verifyMail);
		case "reset":
			return withLink(env, eventId, "reset", { purpose: "reset", userId }, resetMail);
		case "address_in_use":
			return withLink(env, eventId, "reset", { purpose: "reset", userId }, addressInUseMail);
		case "change_email": {
			const request = { purpose: "change_email" as const, userId, email: message.email };
			return withLink(env, eventId, "change-email", request, changeEmailMail);
		}
		case "email_changed":
			return toUser(db, userId, ({ name }) => ({
				to: message.email,
				mail: emailChangedMail({ eventId, name }),
			}));
		case "password_changed":
			return toUser(db, userId, ({ name, email }) => ({
				to: email,
				mail: passwordChangedMail({ eventId, name, publicUrl: env.PUBLIC_URL }),
			}));
		case "webhook_disabled": {
			const { webhookId } = message;
			const webhook = await findWebhook(db, userId, webhookId);
			if (webhook === null) return null;
			return toUser(db, userId, ({ name, email }) => ({
				to: email,
				mail: webhookDisabledMail({
					eventId,
					name,
					webhookName: webhook.name,
					webhookId,
					publicUrl: env.PUBLIC_URL,
				}),
			}));
		}
	}
}

/** A link to one of the pages in workers/gateway/assets, which find the token behind the `#`. */
async function withLink(
	env: Environment,
	eventId: string,
	page: "verify" | "reset" | "change-email",
	request: Parameters<Environment["AUTH"]["issueEmailToken"]>[0],
	compose: (mail: LinkMail) => Promise<Mail>,
): Promise<AddressedMail | null> {
	const issued = await env.AUTH.issueEmailToken(request);
	if (issued === null) return null;
	const { token, email, name } = issued;
	const link = `${env.PUBLIC_URL}/${page}#${token}`;
	const expiresAt = new Date(issued.expiresAtMs);
	return { to: email, mail: await compose({ eventId, name, link, expiresAt }), token };
}

async function toUser(
	db: Db,
	userId: AccountMailMessage["userId"],
	compose: (user: { email: string; name: string }) => { to: string; mail: Promise<Mail> },
): Promise<AddressedMail | null> {
	const user = await findAddress(db, userId);
	if (user === null) return null;
	const { to, mail } = compose(user);
	return { to, mail: await mail, token: null };
}
