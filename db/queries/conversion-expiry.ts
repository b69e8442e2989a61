import { and, eq, inArray, isNull, lte } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import { BY_CHANCE } from "../by-chance.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { deletedConversions } from "../schema/deleted-conversions.ts";
import { mails } from "../schema/mails.ts";

/*
 * What is no longer to be kept in R2.
 */

/** Some conversions that are over and whose video is due to be deleted. */
export async function findExpiredVideos(
	db: Db,
	nowMs: number,
	limit: number,
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(
			and(
				lte(conversions.videoExpiresAtMs, nowMs),
				inArray(conversions.status, ["done", "failed", "cancelled", "expired"]),
			),
		)
		.orderBy(BY_CHANCE)
		.limit(limit);
}

/** Notes that a video which was due is gone. */
export async function forgetVideo(db: Db, id: ConversionId, nowMs: number): Promise<void> {
	await db
		.update(conversions)
		.set({ videoExpiresAtMs: null })
		.where(and(eq(conversions.id, id), lte(conversions.videoExpiresAtMs, nowMs)));
}

/** `done → expired` for conversions whose MP3 is due to be deleted. Returns them. */
export async function expireConversions(
	db: Db,
	nowMs: number,
	limit: number,
): Promise<Conversion[]> {
	const due = db
		.select({ id: conversions.id })
		.from(conversions)
		.where(and(eq(conversions.status, "done"), lte(conversions.expiresAtMs, nowMs)))
		.orderBy(conversions.expiresAtMs)
		.limit(limit);
	return (
		db
			.update(conversions)
			// What is left of it is deleted as a video would be that nobody needs.
			.set({ status: "expired", videoExpiresAtMs: nowMs })
			.where(and(eq(conversions.status, "done"), inArray(conversions.id, due)))
			.returning()
	);
}

/**
 * Some done conversions whose MP3 is deleted before a time and whose owners have not been told: notes
 * that they are owed a mail, and returns them.
 */
export async function findUnannouncedExpiries(
	db: Db,
	beforeMs: number,
	limit: number,
): Promise<Conversion[]> {
	const mail = and(
		eq(mails.conversionId, conversions.id),
		eq(mails.attempt, conversions.attempt),
		eq(mails.kind, "expiry"),
	);
	const rows = await db
		.select({ conversion: conversions })
		.from(conversions)
		.leftJoin(mails, mail)
		.where(
			and(
				eq(conversions.status, "done"),
				lte(conversions.expiresAtMs, beforeMs),
				isNull(mails.sentAtMs),
				isNull(mails.givenUpAtMs),
			),
		)
		.orderBy(BY_CHANCE)
		.limit(limit);
	const found = rows.map(({ conversion }) => conversion);
	const owed = found.map(({ id, attempt }) =>
		db.insert(mails).values({ conversionId: id, attempt, kind: "expiry" }).onConflictDoNothing(),
	);
	const [first, ...others] = owed;
	if (first !== undefined) await db.batch([first, ...others]);
	return found;
}

/** Some conversions deleted before a time. */
export async function findDeletedBefore(
	db: Db,
	beforeMs: number,
	limit: number,
): Promise<{ id: ConversionId }[]> {
	return db
		.select({ id: deletedConversions.id })
		.from(deletedConversions)
		.where(lte(deletedConversions.deletedAtMs, beforeMs))
		.orderBy(BY_CHANCE)
		.limit(limit);
}

/** Drops the last word of a deleted conversion. */
export async function forgetDeleted(db: Db, id: ConversionId): Promise<void> {
	await db.delete(deletedConversions).where(eq(deletedConversions.id, id));
}
