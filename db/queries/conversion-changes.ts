import { and, asc, desc, eq, gt, inArray } from "drizzle-orm";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { conversionChanges } from "../schema/conversion-changes.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { deletedConversions } from "../schema/deleted-conversions.ts";

/*
 * What has changed since somebody last looked. The numbers come in the order of the commits
 * (migrations/0004_count_changes.sql), so whoever has read up to one has missed none before it.
 */

/** The latest state of a conversion that changed, or that it is gone. */
export type Change =
	| { type: "changed"; change: number; row: Conversion }
	| { type: "deleted"; change: number; id: ConversionId };

/** How often the user's conversions have changed until now. */
export async function countChanges(db: Db, userId: UserId): Promise<number> {
	const row = await db
		.select({ count: conversionChanges.count })
		.from(conversionChanges)
		.where(eq(conversionChanges.userId, userId))
		.get();
	return row?.count ?? 0;
}

/** The first changes after a number, in their order. Of one conversion, when its id is given. */
export async function findChangesAfter(
	db: Db,
	userId: UserId,
	after: number,
	{ id, limit }: { id?: ConversionId | undefined; limit: number },
): Promise<Change[]> {
	// One transaction: a deletion between two reads would be missed.
	const [changed, deleted] = await db.batch([
		db
			.select()
			.from(conversions)
			.where(
				and(
					eq(conversions.userId, userId),
					gt(conversions.change, after),
					id === undefined ? undefined : eq(conversions.id, id),
				),
			)
			.orderBy(asc(conversions.change))
			.limit(limit),
		db
			.select()
			.from(deletedConversions)
			.where(
				and(
					eq(deletedConversions.userId, userId),
					gt(deletedConversions.change, after),
					id === undefined ? undefined : eq(deletedConversions.id, id),
				),
			)
			.orderBy(asc(deletedConversions.change))
			.limit(limit),
	]);
	return [
		...changed.map((row) => ({ type: "changed" as const, change: row.change, row })),
		...deleted.map(({ change, id }) => ({ type: "deleted" as const, change, id })),
	]
		.sort((one, other) => one.change - other.change)
		.slice(0, limit);
}

/** The user's conversions that are not over yet, newest first. */
export async function findUnfinished(db: Db, userId: UserId, limit: number): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(
			and(
				eq(conversions.userId, userId),
				inArray(conversions.status, ["uploading", "queued", "converting"]),
			),
		)
		.orderBy(desc(conversions.id))
		.limit(limit);
}
