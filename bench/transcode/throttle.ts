import { setTimeout as sleep } from "node:timers/promises";

/** How the storage is reached. */
export type Link = {
	name: string;
	/** Over all connections together. */
	bytesPerSecond: number;
	/** From a request to the head of its answer. */
	latencyMs: number;
};

/** What a transcoder near its storage can count on. */
export const SLOW_LINK: Link = {
	name: "200 Mbit/s and 20 ms a request",
	bytesPerSecond: 200e6 / 8,
	latencyMs: 20,
};
export const LOOPBACK: Link = {
	name: "no limit",
	bytesPerSecond: Number.POSITIVE_INFINITY,
	latencyMs: 0,
};

/** Timers come late by a millisecond or more; what that wastes may be made good within this time. */
const BURST_MS = 20;

/** A token bucket that all who take from it share, in the order in which they ask. */
export function createThrottle({ bytesPerSecond }: Link) {
	let freeAtMs = 0;
	return async (bytes: number): Promise<void> => {
		const nowMs = performance.now();
		freeAtMs = Math.max(freeAtMs, nowMs - BURST_MS) + (bytes / bytesPerSecond) * 1000;
		if (freeAtMs > nowMs) await sleep(freeAtMs - nowMs);
	};
}
