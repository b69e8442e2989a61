import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { ConversionId } from "#contracts/ids.ts";
import { CURABLE_ERRORS } from "#contracts/job-error.ts";
import { RETRY_WINDOW_MS } from "#contracts/limits.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";
import { type MailKind, mails } from "../schema/mails.ts";

/*
 * The last step: `converting → done | failed`, with exactly one mail owed for it.
 */

/** Which attempt of which conversion. */
interface Attempt {
	id: ConversionId;
	attempt: number;
}

/**
 * Makes a settled attempt final, decides how long its video and its MP3 are kept, and, in the same
 * transaction, writes down that its mail is owed. Returns the row when this attempt is the one that
 * finished it, now or at an earlier delivery; null when it was superseded or never settled.
 */
export async function finishConversion(
	db: Db,
	finished: Attempt,
	{ nowMs, ...kept }: { nowMs: number; videoGraceMs: number; mp3KeptMs: number },
): Promise<Conversion | null> {
	const isThisAttempt = and(
		eq(conversions.id, finished.id),
		eq(conversions.attempt, finished.attempt),
	);
	const isFinal = and(isThisAttempt, inArray(conversions.status, ["done", "failed"]));
	const [, , rows] = await db.batch([
		db
			.update(conversions)
			.set({
				status: sql`iif(${conversions.outcome} ->> '$.type' = 'converted', 'done', 'failed')`,
				phase: null,
				progress: sql`iif(${conversions.outcome} ->> '$.type' = 'converted', 1, ${conversions.progress})`,
				finishedAtMs: nowMs,
				videoExpiresAtMs: sql`${nowMs} + case
					when ${conversions.outcome} ->> '$.type' = 'converted' then ${kept.videoGraceMs}
					when ${conversions.outcome} ->> '$.error.code' in ${CURABLE_ERRORS} then ${RETRY_WINDOW_MS}
					else 0 end`,
				expiresAtMs: sql`iif(${conversions.outcome} ->> '$.type' = 'converted', ${nowMs + kept.mp3KeptMs}, null)`,
			})
			.where(
				and(
					isThisAttempt,
					eq(conversions.status, "converting"),
					isNotNull(conversions.settledAtMs),
				),
			),
		db
			.insert(mails)
			.select(
				db
					.select({
						conversionId: conversions.id,
						attempt: conversions.attempt,
						kind: sql<MailKind>`'outcome'`.as("kind"),
						leasedUntilMs: sql<number>`0`.as("leased_until_ms"),
						sentAtMs: sql<number | null>`null`.as("sent_at_ms"),
						messageId: sql<string | null>`null`.as("message_id"),
						givenUpAtMs: sql<number | null>`null`.as("given_up_at_ms"),
						givenUpBecause: sql<string | null>`null`.as("given_up_because"),
					})
					.from(conversions)
					.where(isFinal),
			)
			.onConflictDoNothing(),
		db.select().from(conversions).where(isFinal),
	]);
	return rows[0] ?? null;
}
