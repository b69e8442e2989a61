import type { UserId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { type KeptKey, releaseKey, takeKey } from "#db/queries/idempotency.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { IDEMPOTENCY_SHORT_LOCK_MS } from "../limits.ts";
import { log } from "./log.ts";

/** A request, and the Idempotency-Key that it may carry. */
export interface KeyedRequest {
	userId: UserId;
	key: string | undefined;
	/** What is asked for, in brief. */
	fingerprint: string;
}

export type Once<Result> =
	| { state: "acted"; result: Result }
	/** The same was asked for before: this is what came of it. */
	| { state: "used"; conversion: Conversion }
	| { state: "idempotency_key_busy" }
	| { state: "idempotency_key_reused" };

/**
 * Acts on a request without a long body, unless its Idempotency-Key has been used. To act is to write
 * down, too, what came of the key (`keepKey`); a key with which nothing came about is let go.
 */
export async function actOnce<Result extends { ok: boolean }>(
	db: Db,
	{ userId, key, fingerprint }: KeyedRequest,
	act: (kept: KeptKey | undefined) => Promise<Result>,
): Promise<Once<Result>> {
	if (key === undefined) return { state: "acted", result: await act(undefined) };
	const times = { nowMs: Date.now(), lockMs: IDEMPOTENCY_SHORT_LOCK_MS };
	const taken = await takeKey(db, userId, key, times);
	if (taken.state === "busy") return { state: "idempotency_key_busy" };
	if (taken.state === "used") {
		const { conversion } = taken;
		const isSame = taken.fingerprint === fingerprint;
		return isSame ? { state: "used", conversion } : { state: "idempotency_key_reused" };
	}
	let hasActed = false;
	try {
		const result = await act({ held: taken.held, fingerprint });
		hasActed = result.ok;
		return { state: "acted", result };
	} finally {
		if (!hasActed) {
			await releaseKey(db, taken.held).catch((error: unknown) => {
				log("warn", "idempotency_key_left", { error: describeError(error) });
			});
		}
	}
}
