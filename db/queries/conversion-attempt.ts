import { and, eq, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import type { ConversionPhase } from "#contracts/conversion-status.ts";
import type { ConversionId } from "#contracts/ids.ts";
import type { JobError } from "#contracts/job-error.ts";
import { BY_CHANCE } from "../by-chance.ts";
import type { Db } from "../connect.ts";
import { type Conversion, conversions } from "../schema/conversions.ts";

/*
 * One attempt at a conversion: `queued → converting`, then settled, released or given up.
 * Every statement names the attempt (and the claim) it acts for, so that whoever has been
 * superseded changes nothing.
 */

/** Which attempt of which conversion, and who holds it. */
export interface Claim {
	id: ConversionId;
	attempt: number;
	claimId: string;
}

const isAttempt = ({ id, attempt }: Pick<Claim, "id" | "attempt">) =>
	and(eq(conversions.id, id), eq(conversions.attempt, attempt));

const isHeldBy = (claim: Claim) =>
	and(
		isAttempt(claim),
		eq(conversions.status, "converting"),
		eq(conversions.claimId, claim.claimId),
	);

const isWorkedOnBy = (claim: Claim) => and(isHeldBy(claim), isNull(conversions.settledAtMs));

/** `queued → converting`. A repeated claim by the same holder succeeds again. */
export async function claimAttempt(db: Db, claim: Claim, nowMs: number): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set({
			status: "converting",
			claimId: claim.claimId,
			phase: "probing",
			progress: 0,
			speed: null,
			startedAtMs: sql`coalesce(${conversions.startedAtMs}, ${nowMs})`,
			heartbeatAtMs: nowMs,
		})
		.where(or(and(isAttempt(claim), eq(conversions.status, "queued")), isWorkedOnBy(claim)))
		.returning({ id: conversions.id });
	return rows.length > 0;
}

/** Records progress, which is also the heartbeat. False: this claim is no longer wanted. */
export async function beat(
	db: Db,
	claim: Claim,
	progress: { phase: ConversionPhase; fraction: number; speed: number | null; nowMs: number },
): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set({
			phase: progress.phase,
			// A late heartbeat never turns the bar back.
			progress: sql`max(${conversions.progress}, ${progress.fraction})`,
			speed: progress.speed,
			heartbeatAtMs: progress.nowMs,
		})
		.where(isWorkedOnBy(claim))
		.returning({ id: conversions.id });
	return rows.length > 0;
}

/**
 * Records how the attempt ended. Only the first outcome of a claim counts; a repeated call by the
 * same holder is told so again (true), a superseded one is not (false).
 */
export async function settle(
	db: Db,
	claim: Claim,
	outcome: ConversionOutcome,
	times: { nowMs: number; resendAtMs: number },
): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set({
			outcome: sql`coalesce(${conversions.outcome}, ${JSON.stringify(outcome)})`,
			settledAtMs: sql`coalesce(${conversions.settledAtMs}, ${times.nowMs})`,
			resendAtMs: times.resendAtMs,
		})
		.where(isHeldBy(claim))
		.returning({ id: conversions.id });
	return rows.length > 0;
}

const queuedAgain = (resendAtMs: number) => ({
	status: "queued" as const,
	claimId: null,
	phase: null,
	progress: 0,
	speed: null,
	resendAtMs,
});

const nextAttempt = (lastError: JobError, resendAtMs: number) => ({
	...queuedAgain(resendAtMs),
	attempt: sql`${conversions.attempt} + 1`,
	lastError,
});

/** Fewer than so many attempts have failed since the owner last asked for the conversion. */
const hasTriesLeft = (most: number) =>
	lt(sql`${conversions.attempt} - ${conversions.attemptsBefore}`, most);

/**
 * `converting → queued` with the next attempt, after a failure worth another try. Null when this
 * claim is not wanted any more, or it was the last of `most` tries.
 */
export async function retryAttempt(
	db: Db,
	claim: Claim,
	lastError: JobError,
	{ most, resendAtMs }: { most: number; resendAtMs: number },
): Promise<Conversion | null> {
	const [row] = await db
		.update(conversions)
		.set(nextAttempt(lastError, resendAtMs))
		.where(and(isWorkedOnBy(claim), hasTriesLeft(most)))
		.returning();
	return row ?? null;
}

/**
 * `converting → queued` with the same attempt, which needs a fresh message: the URLs of its last one
 * had expired. Null when this claim is not wanted any more, or when it has been so `most` times.
 */
export async function renewAttempt(
	db: Db,
	claim: Claim,
	most: number,
	resendAtMs: number,
): Promise<Conversion | null> {
	const [row] = await db
		.update(conversions)
		.set({ ...queuedAgain(resendAtMs), renewals: sql`${conversions.renewals} + 1` })
		.where(and(isWorkedOnBy(claim), lt(conversions.renewals, most)))
		.returning();
	return row ?? null;
}

/**
 * `converting → queued` with the same attempt: its holder had to stop through no fault of it. The
 * lease is given back, so the queue delivers the same message again.
 */
export async function releaseAttempt(db: Db, claim: Claim, resendAtMs: number): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set(queuedAgain(resendAtMs))
		.where(isWorkedOnBy(claim))
		.returning({ id: conversions.id });
	return rows.length > 0;
}

/** Some attempts whose heartbeat stopped before a time. */
export async function findStalledAttempts(
	db: Db,
	silentSinceMs: number,
	limit: number,
): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(isStalled(silentSinceMs))
		.orderBy(BY_CHANCE)
		.limit(limit);
}

const isStalled = (silentSinceMs: number) =>
	and(
		eq(conversions.status, "converting"),
		isNull(conversions.settledAtMs),
		lt(conversions.heartbeatAtMs, silentSinceMs),
	);

/**
 * `converting → queued` with the next attempt. Null when a heartbeat came after all, or it was the
 * last of `most` tries.
 */
export async function retryStalledAttempt(
	db: Db,
	stalled: Pick<Conversion, "id" | "attempt">,
	lastError: JobError,
	{ most, ...times }: { most: number; silentSinceMs: number; resendAtMs: number },
): Promise<Conversion | null> {
	const [row] = await db
		.update(conversions)
		.set(nextAttempt(lastError, times.resendAtMs))
		.where(and(isAttempt(stalled), isStalled(times.silentSinceMs), hasTriesLeft(most)))
		.returning();
	return row ?? null;
}

/** Settles a stalled attempt as failed, unless a heartbeat came after all. */
export async function failStalledAttempt(
	db: Db,
	stalled: Pick<Conversion, "id" | "attempt">,
	error: JobError,
	times: { silentSinceMs: number; nowMs: number; resendAtMs: number },
): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set({
			outcome: { type: "failed", error },
			settledAtMs: times.nowMs,
			resendAtMs: times.resendAtMs,
		})
		.where(and(isAttempt(stalled), isStalled(times.silentSinceMs)))
		.returning({ id: conversions.id });
	return rows.length > 0;
}

/**
 * Settles an attempt as failed whose message nobody could handle, unless it is being worked on: by
 * somebody whose heartbeat was heard since a time. False when it was settled or superseded.
 */
export async function failUnhandledAttempt(
	db: Db,
	unhandled: Pick<Conversion, "id" | "attempt">,
	error: JobError,
	times: { silentSinceMs: number; nowMs: number; resendAtMs: number },
): Promise<boolean> {
	const rows = await db
		.update(conversions)
		.set({
			status: "converting",
			outcome: { type: "failed", error },
			settledAtMs: times.nowMs,
			resendAtMs: times.resendAtMs,
		})
		.where(
			and(
				isAttempt(unhandled),
				or(eq(conversions.status, "queued"), isStalled(times.silentSinceMs)),
			),
		)
		.returning({ id: conversions.id });
	return rows.length > 0;
}

/** Some rows that have waited too long for somebody to hear of them. */
export async function findUnheardRows(db: Db, nowMs: number, limit: number): Promise<Conversion[]> {
	return db
		.select()
		.from(conversions)
		.where(
			and(
				or(
					eq(conversions.status, "queued"),
					and(eq(conversions.status, "converting"), isNotNull(conversions.settledAtMs)),
				),
				lt(conversions.resendAtMs, nowMs),
			),
		)
		.orderBy(BY_CHANCE)
		.limit(limit);
}

/** Notes that the attempt's message was handed to its queue: wait longer for an echo. */
export async function postponeResend(
	db: Db,
	attempt: Pick<Conversion, "id" | "attempt">,
	resendAtMs: number,
): Promise<void> {
	await db.update(conversions).set({ resendAtMs }).where(isAttempt(attempt));
}
