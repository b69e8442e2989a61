import * as z from "zod";
import { conversionOutcome } from "./conversion-outcome.ts";
import { conversionPhase } from "./conversion-status.ts";
import { claimId } from "./ids.ts";
import { contractVersion } from "./version.ts";

/**
 * The control URL: how a transcoder and the gateway agree on who works on a conversion.
 * `POST {control.url}/claim|progress|settle|release`, JSON both ways, bearer token of the message.
 * The token names the conversion and the attempt; the body names the claim. Every call may be
 * repeated: the same call with the same claim gets the same answer.
 */

const claimed = { v: contractVersion, claimId };

/** Asked before any work. `drop`: acknowledge the message and forget it. */
export const claimRequest = z.strictObject(claimed);
export const claimAnswer = z.strictObject({
	v: contractVersion,
	verdict: z.enum(["go", "drop"]),
});

/**
 * Sent at least every five seconds while working: it is also the heartbeat.
 * `stop`: kill ffmpeg, acknowledge the message, forget it.
 */
export const progressRequest = z.strictObject({
	...claimed,
	phase: conversionPhase,
	/** Of the whole conversion, 0 to 1. */
	fraction: z.number().min(0).max(1),
	/** Seconds of sound encoded in a second, once there are any. */
	speed: z.number().nonnegative().max(1e6).optional(),
});
export const progressAnswer = z.strictObject({
	v: contractVersion,
	verdict: z.enum(["continue", "stop"]),
});

/**
 * Sent when the attempt has ended: the MP3 is stored, or it failed.
 * `publish`: the outcome is recorded; publish it to `mp3`, then acknowledge.
 * `drop`: acknowledge only (another attempt has taken over, now or with a delay; or, after
 * `urls_expired`, the same attempt with a fresh message).
 */
export const settleRequest = z.strictObject({ ...claimed, outcome: conversionOutcome });
export const settleAnswer = z.strictObject({
	v: contractVersion,
	verdict: z.enum(["publish", "drop"]),
});

/**
 * Sent by a transcoder that must stop before the work is done (it is being shut down); then it
 * gives the lease back, and whoever pulls the message next may claim the same attempt.
 */
export const releaseRequest = z.strictObject(claimed);
export const releaseAnswer = z.strictObject({ v: contractVersion });

export type ClaimAnswer = z.infer<typeof claimAnswer>;
export type ProgressRequest = z.infer<typeof progressRequest>;
export type ProgressAnswer = z.infer<typeof progressAnswer>;
export type SettleRequest = z.infer<typeof settleRequest>;
export type SettleAnswer = z.infer<typeof settleAnswer>;
export type ReleaseAnswer = z.infer<typeof releaseAnswer>;
