import { and, eq, gt, sql } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";

/*
 * A conversion that came to nothing begins anew: by its owner (conversion-owner.ts), or by an operator.
 */

/** In the text of a statement, because D1's REST API takes no parameter that is null. */
const NULL = sql`null`;

/** `failed | cancelled → queued` with the next attempt, from which failures are counted anew. */
export const restarted = (resendAtMs: number) => ({
	status: "queued" as const,
	attempt: sql`${conversions.attempt} + 1`,
	attemptsBefore: conversions.attempt,
	renewals: 0,
	progress: 0,
	outcome: NULL,
	lastError: NULL,
	settledAtMs: NULL,
	startedAtMs: NULL,
	finishedAtMs: NULL,
	videoExpiresAtMs: NULL,
	resendAtMs,
});

/**
 * Restarts an attempt that failed, as its owner could: the watchdog's next run sends a message for
 * the next one. Null when something else has become of it, or its video is no longer kept.
 */
export async function restartFailedAttempt(
	db: Db,
	failed: Pick<Conversion, "id" | "attempt">,
	nowMs: number,
): Promise<{ attempt: number } | null> {
	const [row] = await db
		.update(conversions)
		.set(restarted(0))
		.where(
			and(
				eq(conversions.id, failed.id),
				eq(conversions.attempt, failed.attempt),
				eq(conversions.status, "failed"),
				gt(conversions.videoExpiresAtMs, nowMs),
			),
		)
		.returning({ attempt: conversions.attempt });
	return row ?? null;
}

/** How far a conversion is. */
export type Life = Pick<Conversion, "status" | "attempt" | "settledAtMs">;

/** How far a conversion is, whoever owns it. Null: it has been deleted. */
export async function findLife(db: Db, id: ConversionId): Promise<Life | null> {
	const { status, attempt, settledAtMs } = conversions;
	const [row] = await db
		.select({ status, attempt, settledAtMs })
		.from(conversions)
		.where(eq(conversions.id, id));
	return row ?? null;
}
