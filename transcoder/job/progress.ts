import type { ConversionPhase } from "#contracts/conversion-status.ts";

/** How far a job is, as the owner sees it: it never goes back. */

/** Each phase's part of the whole; `probing` includes the download. */
const PART: Readonly<Record<ConversionPhase, { from: number; to: number }>> = {
	probing: { from: 0, to: 0.2 },
	encoding: { from: 0.2, to: 0.95 },
	storing: { from: 0.95, to: 1 },
};

export type Progress = {
	current: () => { phase: ConversionPhase; fraction: number };
	/** `done` is the fraction of the phase. */
	advance: (phase: ConversionPhase, done: number) => void;
};

export function createProgress(): Progress {
	let current = { phase: "probing" as ConversionPhase, fraction: 0 };
	return {
		current: () => current,
		advance: (phase, done) => {
			const { from, to } = PART[phase];
			const fraction = from + (to - from) * Math.min(1, Math.max(0, done));
			current = { phase, fraction: Math.max(current.fraction, fraction) };
		},
	};
}
