import type { ConversionPhase } from "#contracts/conversion-status.ts";

/** How far a job is, as the owner sees it: it never goes back. */

/** Each phase's part of the whole; `probing` includes the download. */
const PART: Readonly<Record<ConversionPhase, { from: number; to: number }>> = {
	probing: { from: 0, to: 0.2 },
	encoding: { from: 0.2, to: 0.95 },
	storing: { from: 0.95, to: 1 },
};

export type Report = {
	phase: ConversionPhase;
	/** Of the whole job, 0 to 1. */
	fraction: number;
	/** Seconds of sound encoded in a second, once there are any. */
	speed?: number;
};

export type Progress = {
	current: () => Report;
	/** `done` is the fraction of the phase. */
	advance: (phase: ConversionPhase, done: number) => void;
	/** So many seconds of sound have been encoded, of so many that are expected, if any are. */
	encode: (seconds: number, expectedSeconds: number | undefined) => void;
};

export function createProgress(nowMs: () => number): Progress {
	let current: Report = { phase: "probing", fraction: 0 };
	const startedMs: Partial<Record<ConversionPhase, number>> = {};

	const advance = (phase: ConversionPhase, done: number) => {
		startedMs[phase] ??= nowMs();
		const { from, to } = PART[phase];
		const fraction = from + (to - from) * Math.min(1, Math.max(0, done));
		current = { phase, fraction: Math.max(current.fraction, fraction) };
	};
	return {
		current: () => current,
		advance,
		encode: (seconds, expectedSeconds) => {
			advance("encoding", expectedSeconds ? seconds / expectedSeconds : 0);
			const elapsedSeconds = (nowMs() - (startedMs.encoding ?? 0)) / 1000;
			if (elapsedSeconds > 0) current = { ...current, speed: seconds / elapsedSeconds };
		},
	};
}
