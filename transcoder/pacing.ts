import { setTimeout as wait } from "node:timers/promises";

/** Chance and time, passed in so that tests decide both. */
export type Pacing = {
	/** From 0 up to, but not including, 1. */
	random: () => number;
	/** Rejects when the signal is aborted. */
	sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export const realPacing: Pacing = {
	random: Math.random,
	sleep: (ms, signal) => wait(ms, undefined, signal && { signal }),
};
