import { and, eq, gt, inArray } from "drizzle-orm";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { restarted } from "./conversion-restart.ts";
import { type KeptKey, keepKey } from "./idempotency.ts";

/*
 * What a conversion's owner may do to it. Every statement names the owner.
 */

const isOwn = (userId: UserId, id: ConversionId) =>
	and(eq(conversions.userId, userId), eq(conversions.id, id));

/** `queued | converting → cancelled`. Null when it was in neither status. */
export async function cancelConversion(
	db: Db,
	userId: UserId,
	id: ConversionId,
	times: { nowMs: number; videoExpiresAtMs: number },
): Promise<Conversion | null> {
	const [row] = await db
		.update(conversions)
		.set({
			status: "cancelled",
			claimId: null,
			phase: null,
			speed: null,
			outcome: null,
			settledAtMs: null,
			resendAtMs: null,
			finishedAtMs: times.nowMs,
			videoExpiresAtMs: times.videoExpiresAtMs,
		})
		.where(and(isOwn(userId, id), inArray(conversions.status, ["queued", "converting"])))
		.returning();
	return row ?? null;
}

/**
 * `failed | cancelled → queued` with the next attempt, from which failures are counted anew. Null
 * when it was in neither status, or its video is no longer kept.
 */
export async function restartConversion(
	db: Db,
	userId: UserId,
	id: ConversionId,
	restart: {
		/** The one that is to be followed by another. */
		attempt: number;
		options?: ConversionOptions | undefined;
		nowMs: number;
		resendAtMs: number;
		/** The Idempotency-Key that the request carried. */
		kept?: KeptKey | undefined;
	},
): Promise<Conversion | null> {
	const { attempt, kept } = restart;
	const queue = db
		.update(conversions)
		.set({
			...restarted(restart.resendAtMs),
			...(restart.options && { options: restart.options }),
		})
		.where(
			and(
				isOwn(userId, id),
				eq(conversions.attempt, attempt),
				inArray(conversions.status, ["failed", "cancelled"]),
				gt(conversions.videoExpiresAtMs, restart.nowMs),
			),
		)
		.returning();
	const isQueued = and(eq(conversions.status, "queued"), eq(conversions.attempt, attempt + 1));
	const [rows] = await db.batch(
		kept === undefined ? [queue] : [queue, keepKey(db, kept, id, isQueued)],
	);
	return rows[0] ?? null;
}

export async function renameConversion(
	db: Db,
	userId: UserId,
	id: ConversionId,
	filename: string,
): Promise<Conversion | null> {
	const [row] = await db.update(conversions).set({ filename }).where(isOwn(userId, id)).returning();
	return row ?? null;
}

/** Deletes the rows, and leaves word of it (db/schema/deleted-conversions.ts). Returns them. */
export async function deleteConversions(
	db: Db,
	userId: UserId,
	ids: ConversionId[],
): Promise<Conversion[]> {
	return db
		.delete(conversions)
		.where(and(eq(conversions.userId, userId), inArray(conversions.id, ids)))
		.returning();
}
