import { HEARTBEAT_INTERVAL_MS } from "#contracts/heartbeat.ts";
import type { Pacing } from "../pacing.ts";

/**
 * Calls `beat` every HEARTBEAT_INTERVAL_MS, one call at a time, until it is disposed of or the
 * signal is aborted. After disposal no beat is under way, so none can cross the settlement.
 */
export function startHeartbeat(
	beat: (signal: AbortSignal) => Promise<void>,
	pacing: Pacing,
	signal: AbortSignal,
): AsyncDisposable {
	const ended = new AbortController();
	const beating = AbortSignal.any([signal, ended.signal]);
	const loop = async () => {
		for (;;) {
			await pacing.sleep(HEARTBEAT_INTERVAL_MS, beating);
			await beat(beating);
		}
	};
	const finished = loop().catch((error) => {
		if (!beating.aborted) throw error;
	});
	// A failure is thrown by the disposal, and is not "unhandled" until then.
	finished.catch(() => undefined);
	return {
		[Symbol.asyncDispose]: () => {
			ended.abort();
			return finished;
		},
	};
}
