/**
 * Why work was broken off:
 * `shut_down`: this process was told to stop; the work is free for another transcoder.
 * `stopped`: the gateway said so; nobody wants the work any more.
 * `timed_out`: the attempt used up its time.
 */
export type CancellationReason = "shut_down" | "stopped" | "timed_out";

/** The one kind of reason an AbortSignal of this process is aborted with. */
export class Cancellation extends Error {
	readonly reason: CancellationReason;

	constructor(reason: CancellationReason) {
		super(`work was broken off: ${reason}`);
		this.reason = reason;
	}
}

export function cancellationReason(signal: AbortSignal): CancellationReason {
	if (signal.reason instanceof Cancellation) return signal.reason.reason;
	throw new Error("not aborted with a Cancellation", { cause: signal.reason });
}
