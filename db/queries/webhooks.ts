import { and, eq } from "drizzle-orm";
import type { UserId, WebhookId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Webhook, webhooks } from "../schema/webhooks.ts";

/*
 * A user's webhooks. Every statement names the user.
 */

const isOwn = (userId: UserId, id: WebhookId) =>
	and(eq(webhooks.userId, userId), eq(webhooks.id, id));

/** Null when the user has no webhook of this id. */
export async function findWebhook(db: Db, userId: UserId, id: WebhookId): Promise<Webhook | null> {
	return (await db.select().from(webhooks).where(isOwn(userId, id)).get()) ?? null;
}
