import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionStatus } from "#contracts/conversion-status.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";

/** One of a user's conversions. Null when there is none, or it is somebody else's. */
export async function findConversion(
	db: Db,
	userId: UserId,
	id: ConversionId,
): Promise<Conversion | null> {
	return (
		(await db
			.select()
			.from(conversions)
			.where(and(eq(conversions.id, id), eq(conversions.userId, userId)))
			.get()) ?? null
	);
}

/** A user's conversions, newest first: those older than `before`, in one of some statuses. */
export async function listConversions(
	db: Db,
	userId: UserId,
	page: {
		before?: ConversionId | undefined;
		statuses?: ConversionStatus[] | undefined;
		limit: number;
	},
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(
			and(
				eq(conversions.userId, userId),
				page.before === undefined ? undefined : lt(conversions.id, page.before),
				page.statuses === undefined ? undefined : inArray(conversions.status, page.statuses),
			),
		)
		.orderBy(desc(conversions.id))
		.limit(page.limit);
}

/**
 * The user's latest conversion of a video, by its SHA-256 in hex, that was asked for with these
 * options and has not come to nothing.
 */
export async function findConversionOf(
	db: Db,
	userId: UserId,
	sha256: string,
	options: ConversionOptions,
): Promise<Conversion | null> {
	const row = await db
		.select()
		.from(conversions)
		.where(
			and(
				eq(conversions.userId, userId),
				eq(conversions.sourceSha256, sha256),
				// Parsed options have their fields in the schema's order.
				eq(conversions.options, options),
				inArray(conversions.status, ["queued", "converting", "done"]),
			),
		)
		.orderBy(desc(conversions.id))
		.get();
	return row ?? null;
}
