import type { Pacing } from "../pacing.ts";

/** Waits for nothing and writes down what it was asked to wait. Chance is at its longest. */
export function instantPacing(): Pacing & { sleptMs: number[] } {
	const sleptMs: number[] = [];
	return {
		sleptMs,
		random: () => 1,
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			sleptMs.push(ms);
		},
	};
}
