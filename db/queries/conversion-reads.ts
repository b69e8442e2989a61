import { and, desc, eq, lt } from "drizzle-orm";
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

/** A user's conversions, newest first, those older than `before` when it is given. */
export async function listConversions(
	db: Db,
	userId: UserId,
	page: { before?: ConversionId | undefined; limit: number },
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(
			and(
				eq(conversions.userId, userId),
				page.before === undefined ? undefined : lt(conversions.id, page.before),
			),
		)
		.orderBy(desc(conversions.id))
		.limit(page.limit);
}
