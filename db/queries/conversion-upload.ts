import { and, eq, lt, lte, ne, sql } from "drizzle-orm";
import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { BY_CHANCE } from "../by-chance.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { type KeptKey, keepKey } from "./idempotency.ts";
import { inFlightOf, storedBytesOf, type UserLimits } from "./user-usage.ts";
import { isUser } from "./users.ts";

/*
 * From the first byte to the queue: `uploading → queued`, or no row at all.
 */

const isUploading = (id: ConversionId) =>
	and(eq(conversions.id, id), eq(conversions.status, "uploading"));

/** A video that is about to come. */
export interface AnnouncedUpload {
	id: ConversionId;
	userId: UserId;
	filename: string;
	/** As far as is known; null: not at all. */
	sizeBytes: number | null;
	nowMs: number;
}

/**
 * Opens the row before the first byte is stored, so that nothing is stored without a row. False, and
 * no row: its owner would have more than the limits allow, or is gone.
 */
export async function beginUpload(
	db: Db,
	upload: AnnouncedUpload,
	limits: UserLimits,
): Promise<boolean> {
	const { id, userId, filename, sizeBytes, nowMs } = upload;
	const options = JSON.stringify(conversionOptions.parse({}));
	// One statement: of two uploads at once, the second sees the first.
	const begun = await db.all(sql`
		insert into conversions
			(id, user_id, status, filename, options, source_size_bytes, created_at_ms)
		select ${id}, ${userId}, 'uploading', ${filename}, ${options}, ${sizeBytes}, ${nowMs}
		where exists (select 1 from users where ${isUser(userId)})
			and ${inFlightOf(userId)} < ${limits.inFlight}
			and ${storedBytesOf(userId)} + ${sizeBytes ?? 0} <= ${limits.storedBytes}
		returning id`);
	return begun.length > 0;
}

/** Remembers an open R2 multipart upload, for the sweep of abandoned ones. */
export async function recordMultipartUpload(
	db: Db,
	id: ConversionId,
	multipartUploadId: string,
): Promise<void> {
	await db.update(conversions).set({ multipartUploadId }).where(isUploading(id));
}

/** A video that has come. */
export interface CompleteUpload {
	sizeBytes: number;
	/** In hex; null: nobody knows. */
	sha256: string | null;
	options: ConversionOptions;
	resendAtMs: number;
	/** The Idempotency-Key it was sent with. */
	kept?: KeptKey | undefined;
}

/**
 * `uploading → queued`. Null when the row was swept in the meantime, or the video is larger than was
 * announced and its owner would have more stored than the limits allow.
 */
export async function finishUpload(
	db: Db,
	{ id, userId }: Pick<AnnouncedUpload, "id" | "userId">,
	{ sizeBytes, sha256, options, resendAtMs, kept }: CompleteUpload,
	limits: UserLimits,
): Promise<Conversion | null> {
	const announcedBytes = sql`coalesce(${conversions.sourceSizeBytes}, 0)`;
	const storedBytes = sql`${storedBytesOf(userId)} - ${announcedBytes} + ${sizeBytes}`;
	const queue = db
		.update(conversions)
		.set({
			status: "queued",
			sourceSizeBytes: sizeBytes,
			sourceSha256: sha256,
			options,
			multipartUploadId: null,
			resendAtMs,
		})
		.where(and(isUploading(id), lte(storedBytes, limits.storedBytes)))
		.returning();
	const [rows] = await db.batch(
		kept === undefined
			? [queue]
			: [queue, keepKey(db, kept, id, ne(conversions.status, "uploading"))],
	);
	return rows[0] ?? null;
}

/** Whether an upload has made it to the queue, even if nobody was told. */
export async function hasFinishedUpload(db: Db, id: ConversionId): Promise<boolean> {
	const row = await db
		.select({ status: conversions.status })
		.from(conversions)
		.where(eq(conversions.id, id))
		.get();
	return row !== undefined && row.status !== "uploading";
}

/** Forgets an upload that did not finish. */
export async function abandonUpload(db: Db, id: ConversionId): Promise<void> {
	await db.delete(conversions).where(isUploading(id));
}

/** Some uploads begun before a time and never finished. */
export async function findAbandonedUploads(
	db: Db,
	begunBeforeMs: number,
	limit: number,
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(and(eq(conversions.status, "uploading"), lt(conversions.createdAtMs, begunBeforeMs)))
		.orderBy(BY_CHANCE)
		.limit(limit);
}
