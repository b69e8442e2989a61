import {
	and,
	eq,
	exists,
	inArray,
	isNotNull,
	isNull,
	lt,
	lte,
	ne,
	notInArray,
	sql,
} from "drizzle-orm";
import type { WebhookId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type WebhookDelivery, webhookDeliveries } from "../schema/webhook-deliveries.ts";
import { type WebhookTry, webhookTries } from "../schema/webhook-tries.ts";
import { type Webhook, webhooks } from "../schema/webhooks.ts";
import type { DeliveryKey } from "./webhook-outbox.ts";

/*
 * One delivery: an event is sent to a webhook until it is taken, by one at a time.
 */

const isDelivery = ({ webhookId, eventId }: DeliveryKey) =>
	and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.eventId, eventId));

/** What to do about a delivery: try it now, come back at a time, or nothing. */
export type DeliveryTurn =
	| { type: "try"; delivery: WebhookDelivery; webhook: Webhook }
	| { type: "wait"; untilMs: number }
	| { type: "over" };

/** What D1 wrote just now may lie ahead of a Worker's clock, which stands still while it computes. */
const CLOCKS_APART_MS = 1000;

/** Takes the right to try a delivery that is due, for as long as the lease runs. */
export async function leaseDelivery(
	db: Db,
	key: DeliveryKey,
	nowMs: number,
	leaseMs: number,
): Promise<DeliveryTurn> {
	const isPending = and(isDelivery(key), eq(webhookDeliveries.state, "pending"));
	const [leased, [webhook], [pending]] = await db.batch([
		db
			.update(webhookDeliveries)
			.set({ leasedUntilMs: nowMs + leaseMs })
			.where(
				and(
					isPending,
					lte(webhookDeliveries.dueAtMs, nowMs + CLOCKS_APART_MS),
					lt(webhookDeliveries.leasedUntilMs, nowMs),
				),
			)
			.returning(),
		db.select().from(webhooks).where(eq(webhooks.id, key.webhookId)),
		db.select().from(webhookDeliveries).where(isPending),
	]);
	const [delivery] = leased;
	if (delivery !== undefined && webhook !== undefined) return { type: "try", delivery, webhook };
	if (pending === undefined) return { type: "over" };
	return { type: "wait", untilMs: Math.max(pending.dueAtMs, pending.leasedUntilMs) };
}

/** How a try ended, for the log. */
export type TryResult = Pick<
	WebhookTry,
	"startedAtMs" | "latencyMs" | "status" | "failure" | "answer"
>;

/** Tries of a delivery that are kept. */
const KEPT_TRIES = 20;

/** The statements that write a try into the log. */
function logTry(db: Db, { webhookId, eventId }: DeliveryKey, result: TryResult) {
	const isOfDelivery = and(
		eq(webhookTries.webhookId, webhookId),
		eq(webhookTries.eventId, eventId),
	);
	const kept = db
		.select({ id: webhookTries.id })
		.from(webhookTries)
		.where(isOfDelivery)
		.orderBy(sql`${webhookTries.id} desc`)
		.limit(KEPT_TRIES);
	return [
		db.insert(webhookTries).values({ webhookId, eventId, ...result }),
		db.delete(webhookTries).where(and(isOfDelivery, notInArray(webhookTries.id, kept))),
	] as const;
}

/** Whoever's lease has run out, and who was followed by another, changes nothing. */
const isLeased = (leased: WebhookDelivery) =>
	and(isDelivery(leased), eq(webhookDeliveries.leasedUntilMs, leased.leasedUntilMs));

/** The webhook has taken the event. */
export async function recordDelivered(
	db: Db,
	leased: WebhookDelivery,
	result: TryResult,
): Promise<void> {
	await db.batch([
		...logTry(db, leased, result),
		db
			.update(webhookDeliveries)
			.set({ state: "delivered", tries: leased.tries + 1, leasedUntilMs: 0 })
			.where(isLeased(leased)),
		db
			.update(webhooks)
			.set({ failingSinceMs: null })
			.where(and(eq(webhooks.id, leased.webhookId), isNotNull(webhooks.failingSinceMs))),
	]);
}

/**
 * The webhook has not taken the event.
 *
 * @param dueAtMs when it is tried again; null: it is not.
 */
export async function recordNotDelivered(
	db: Db,
	leased: WebhookDelivery,
	result: TryResult,
	dueAtMs: number | null,
): Promise<void> {
	const isStillLeased = exists(db.select().from(webhookDeliveries).where(isLeased(leased)));
	await db.batch([
		...logTry(db, leased, result),
		db
			.update(webhooks)
			.set({ failingSinceMs: result.startedAtMs })
			.where(
				and(eq(webhooks.id, leased.webhookId), isNull(webhooks.failingSinceMs), isStillLeased),
			),
		db
			.update(webhookDeliveries)
			.set({
				tries: leased.tries + 1,
				leasedUntilMs: 0,
				...(dueAtMs === null ? { state: "failed" } : { dueAtMs }),
			})
			.where(isLeased(leased)),
	]);
}

/** What was still to be sent to a webhook that is disabled counts as failed. */
export async function failPendingDeliveries(db: Db, webhookId: WebhookId): Promise<void> {
	await db
		.update(webhookDeliveries)
		.set({ state: "failed" })
		.where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.state, "pending")));
}

/** Disables a webhook that answered 410. */
export async function disableGoneWebhook(db: Db, id: WebhookId, nowMs: number): Promise<void> {
	await db
		.update(webhooks)
		.set({ disabledAtMs: nowMs, disabledBecause: "gone" })
		.where(and(eq(webhooks.id, id), isNull(webhooks.disabledAtMs)));
}

/**
 * Disables a webhook that has been failing since before a time. True for the one caller that did it:
 * its own delivery stays pending until the owner is told, and so says that this is still to be done.
 * All others of the webhook have failed.
 */
export async function disableFailingWebhook(
	db: Db,
	own: DeliveryKey,
	{ nowMs, failingBeforeMs }: { nowMs: number; failingBeforeMs: number },
): Promise<boolean> {
	const isDisabledNow = and(
		eq(webhooks.id, own.webhookId),
		eq(webhooks.disabledAtMs, nowMs),
		eq(webhooks.disabledBecause, "failing"),
	);
	const [rows] = await db.batch([
		db
			.update(webhooks)
			.set({ disabledAtMs: nowMs, disabledBecause: "failing" })
			.where(
				and(
					eq(webhooks.id, own.webhookId),
					isNull(webhooks.disabledAtMs),
					lte(webhooks.failingSinceMs, failingBeforeMs),
				),
			)
			.returning({ id: webhooks.id }),
		db
			.update(webhookDeliveries)
			.set({ state: "failed" })
			.where(
				and(
					eq(webhookDeliveries.webhookId, own.webhookId),
					ne(webhookDeliveries.eventId, own.eventId),
					eq(webhookDeliveries.state, "pending"),
					exists(db.select().from(webhooks).where(isDisabledNow)),
				),
			),
	]);
	return rows.length > 0;
}

/** Forgets deliveries of events before a time, with their log, the oldest first. */
export async function forgetDeliveries(db: Db, beforeMs: number, limit: number): Promise<void> {
	const old = db
		.select({ rowid: sql`rowid` })
		.from(webhookDeliveries)
		.where(lt(webhookDeliveries.createdAtMs, beforeMs))
		.orderBy(webhookDeliveries.createdAtMs)
		.limit(limit);
	await db.delete(webhookDeliveries).where(inArray(sql`rowid`, old));
}
