import { eq, sql } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { conversions } from "../schema/conversions.ts";
import { userLimits } from "../schema/user-limits.ts";
import { users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * What a user has in the house, and what is allowed.
 */

/** The most that a user may have. */
export interface UserLimits {
	/** Of one video. */
	videoBytes: number;
	/** Of one recording. */
	videoSeconds: number;
	/** Of videos and MP3s together. */
	storedBytes: number;
	/** Conversions that are being uploaded, wait or are worked on. */
	inFlight: number;
}

/** The user's limits: their own, and the given ones where they have none. Null: the user is gone. */
export async function findLimits(
	db: Db,
	userId: UserId,
	given: UserLimits,
): Promise<UserLimits | null> {
	const row = await db
		.select({ own: userLimits })
		.from(users)
		.leftJoin(userLimits, eq(userLimits.userId, users.id))
		.where(isUser(userId))
		.get();
	if (row === undefined) return null;
	const { own } = row;
	return {
		videoBytes: own?.maxVideoBytes ?? given.videoBytes,
		videoSeconds: own?.maxVideoSeconds ?? given.videoSeconds,
		storedBytes: own?.maxStoredBytes ?? given.storedBytes,
		inFlight: own?.maxInFlight ?? given.inFlight,
	};
}

const isInFlight = sql`${conversions.status} in ('uploading', 'queued', 'converting')`;

/** How many of the user's conversions are in flight, as a subquery. */
export const inFlightOf = (userId: UserId) =>
	sql<number>`(select count(*) from ${conversions} where ${conversions.userId} = ${userId} and ${isInFlight})`;

/** Bytes of the user's videos and MP3s, as a subquery. */
export const storedBytesOf = (userId: UserId) =>
	sql<number>`(select coalesce(sum(
		iif(${isInFlight} or ${conversions.videoExpiresAtMs} is not null, coalesce(${conversions.sourceSizeBytes}, 0), 0)
		+ iif(${conversions.status} = 'done', coalesce(${conversions.outcome} ->> '$.output.sizeBytes', 0), 0)
	), 0) from ${conversions} where ${conversions.userId} = ${userId})`;

/** What the user has now. */
export async function findUsage(
	db: Db,
	userId: UserId,
): Promise<{ storedBytes: number; inFlight: number }> {
	const row = await db.get<{ storedBytes: number; inFlight: number }>(
		sql`select ${storedBytesOf(userId)} as "storedBytes", ${inFlightOf(userId)} as "inFlight"`,
	);
	return row ?? { storedBytes: 0, inFlight: 0 };
}
