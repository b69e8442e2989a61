import type { UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { findUsage, type UserLimits } from "#db/queries/user-usage.ts";
import type { Failure } from "../http/problem.ts";

/** What a user may have unless `user_limits` says otherwise. */
export function usualLimits(env: GatewayEnv): UserLimits {
	return {
		videoBytes: env.MAX_VIDEO_BYTES,
		videoSeconds: env.MAX_VIDEO_SECONDS,
		storedBytes: env.MAX_STORED_BYTES,
		inFlight: env.MAX_IN_FLIGHT,
	};
}

/** How soon a conversion of several may have ended. */
const RETRY_AFTER_SECONDS = 30;

/** Which limit an upload of this size runs into, in words for its owner. Null: none any more. */
export async function quotaProblem(
	db: Db,
	userId: UserId,
	limits: UserLimits,
	sizeBytes: number,
): Promise<Failure<"storage_full" | "too_many_conversions"> | null> {
	const { storedBytes, inFlight } = await findUsage(db, userId);
	if (inFlight >= limits.inFlight) {
		return {
			code: "too_many_conversions",
			detail: `You have ${inFlight} conversions that are not over yet, and may have ${limits.inFlight}. Wait for one of them, or cancel it.`,
			headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
		};
	}
	if (storedBytes + sizeBytes > limits.storedBytes) {
		return {
			code: "storage_full",
			detail: `You have ${megabytes(storedBytes)} MB stored, this video has ${megabytes(sizeBytes)} MB, and you may have ${megabytes(limits.storedBytes)} MB. Delete conversions that you no longer need.`,
		};
	}
	return null;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000);
