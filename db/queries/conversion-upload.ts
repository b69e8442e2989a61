import { and, eq, lt } from "drizzle-orm";
import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";

/*
 * From the first byte to the queue: `uploading → queued`, or no row at all.
 */

const isUploading = (id: ConversionId) =>
	and(eq(conversions.id, id), eq(conversions.status, "uploading"));

/** Opens the row before the first byte is stored, so that nothing is stored without a row. */
export async function beginUpload(
	db: Db,
	upload: { id: ConversionId; userId: UserId; filename: string; nowMs: number },
): Promise<void> {
	await db.insert(conversions).values({
		id: upload.id,
		userId: upload.userId,
		status: "uploading",
		filename: upload.filename,
		options: conversionOptions.parse({}),
		createdAtMs: upload.nowMs,
	});
}

/** Remembers an open R2 multipart upload, for the sweep of abandoned ones. */
export async function recordMultipartUpload(
	db: Db,
	id: ConversionId,
	multipartUploadId: string,
): Promise<void> {
	await db.update(conversions).set({ multipartUploadId }).where(isUploading(id));
}

/** `uploading → queued`. Null when the row was swept in the meantime. */
export async function finishUpload(
	db: Db,
	id: ConversionId,
	upload: { sizeBytes: number; options: ConversionOptions; resendAtMs: number },
): Promise<Conversion | null> {
	const [row] = await db
		.update(conversions)
		.set({
			status: "queued",
			sourceSizeBytes: upload.sizeBytes,
			options: upload.options,
			multipartUploadId: null,
			resendAtMs: upload.resendAtMs,
		})
		.where(isUploading(id))
		.returning();
	return row ?? null;
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

/** Uploads begun before a time and never finished, oldest first. */
export async function findAbandonedUploads(
	db: Db,
	begunBeforeMs: number,
	limit: number,
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(and(eq(conversions.status, "uploading"), lt(conversions.createdAtMs, begunBeforeMs)))
		.orderBy(conversions.id)
		.limit(limit);
}
