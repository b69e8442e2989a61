import type { Context } from "hono";
import { webhookId } from "#contracts/ids.ts";
import { findWebhook } from "#db/queries/webhooks.ts";
import type { Webhook } from "#db/schema/webhooks.ts";
import { fail, type UserContext } from "../http/context.ts";

type Asking = Pick<Context<UserContext>, "get">;

/** The user's webhook of this id. Null when there is none, or it is somebody else's. */
export async function ownWebhook(c: Asking, text: string): Promise<Webhook | null> {
	const id = webhookId.safeParse(text);
	return id.success ? findWebhook(c.get("db"), c.get("user").sub, id.data) : null;
}

export const noSuchWebhook = (c: Asking) =>
	fail(c, "not_found", "You have no webhook with this id.");
