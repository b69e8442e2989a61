import { and, count, desc, eq, isNull, sql } from "drizzle-orm";
import type { UserId, WebhookId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { users } from "../schema/users.ts";
import { type Webhook, webhooks } from "../schema/webhooks.ts";

/*
 * A user's webhooks. Every statement names the user.
 */

const isOwn = (userId: UserId, id: WebhookId) =>
	and(eq(webhooks.userId, userId), eq(webhooks.id, id));

/** What its owner says about a new webhook. */
export type NewWebhook = Pick<Webhook, "id" | "userId" | "url" | "name" | "events" | "createdAtMs">;

/** Adds a webhook. Null, and no webhook: its owner is gone, or has as many as may be. */
export async function insertWebhook(
	db: Db,
	webhook: NewWebhook,
	limit: number,
): Promise<Webhook | null> {
	const owned = db.select({ n: count() }).from(webhooks).where(eq(webhooks.userId, webhook.userId));
	// One statement: of two at once, the second sees the first.
	const [row] = await db
		.insert(webhooks)
		.select(
			db
				.select({
					id: sql<WebhookId>`${webhook.id}`.as("id"),
					userId: users.id,
					url: sql<string>`${webhook.url}`.as("url"),
					name: sql<string>`${webhook.name}`.as("name"),
					events: sql<Webhook["events"]>`${JSON.stringify(webhook.events)}`.as("events"),
					secretGeneration: sql<number>`0`.as("secret_generation"),
					previousSecretUntilMs: sql<number>`0`.as("previous_secret_until_ms"),
					createdAtMs: sql<number>`${webhook.createdAtMs}`.as("created_at_ms"),
					failingSinceMs: sql<null>`null`.as("failing_since_ms"),
					disabledAtMs: sql<null>`null`.as("disabled_at_ms"),
					disabledBecause: sql<null>`null`.as("disabled_because"),
				})
				.from(users)
				.where(
					and(eq(users.id, webhook.userId), isNull(users.deletedAtMs), sql`(${owned}) < ${limit}`),
				),
		)
		.returning();
	return row ?? null;
}

/** Null when the user has no webhook of this id. */
export async function findWebhook(db: Db, userId: UserId, id: WebhookId): Promise<Webhook | null> {
	return (await db.select().from(webhooks).where(isOwn(userId, id)).get()) ?? null;
}

/** A user's webhooks, newest first. */
export async function findWebhooks(db: Db, userId: UserId): Promise<Webhook[]> {
	return db.select().from(webhooks).where(eq(webhooks.userId, userId)).orderBy(desc(webhooks.id));
}

type Changeable = Pick<
	Webhook,
	"url" | "name" | "events" | "failingSinceMs" | "disabledAtMs" | "disabledBecause"
>;
/** What is undefined stays as it is; something has to be defined. */
export type WebhookChange = { [Name in keyof Changeable]?: Changeable[Name] | undefined };

/** Null when the user has no webhook of this id. */
export async function changeWebhook(
	db: Db,
	userId: UserId,
	id: WebhookId,
	change: WebhookChange,
): Promise<Webhook | null> {
	const [row] = await db.update(webhooks).set(change).where(isOwn(userId, id)).returning();
	return row ?? null;
}

/**
 * The next secret; the present one signs as well until a time, and the one before it no more. Null
 * when the user has no webhook of this id, or its secret has been rotated since it was looked up.
 */
export async function rotateWebhookSecret(
	db: Db,
	userId: UserId,
	{ id, secretGeneration }: Pick<Webhook, "id" | "secretGeneration">,
	previousSecretUntilMs: number,
): Promise<Webhook | null> {
	const [row] = await db
		.update(webhooks)
		.set({ secretGeneration: secretGeneration + 1, previousSecretUntilMs })
		.where(and(isOwn(userId, id), eq(webhooks.secretGeneration, secretGeneration)))
		.returning();
	return row ?? null;
}

/** With its deliveries. False: the user has no webhook of this id. */
export async function deleteWebhook(db: Db, userId: UserId, id: WebhookId): Promise<boolean> {
	const deleted = await db.delete(webhooks).where(isOwn(userId, id)).returning({ id: webhooks.id });
	return deleted.length > 0;
}
