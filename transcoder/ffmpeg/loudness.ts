import { failed, type Result, succeeded } from "../job/result.ts";
import { measureLoudnessArguments, type SoundInput } from "./arguments.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * Loudness by EBU R128 in two passes: measured first, then changed. A plain gain wherever the
 * peaks allow it, so that the dynamics stay what they were; else loudnorm's limiting.
 * https://tech.ebu.ch/docs/r/r128.pdf, https://ffmpeg.org/ffmpeg-filters.html#loudnorm
 */

/** R128's bound for the true peak. */
export const LOUDEST_PEAK_DBTP = -1;

export type MeasuredLoudness = {
	integratedLufs: number;
	truePeakDbtp: number;
	rangeLu: number;
	thresholdLufs: number;
};

export type LoudnessChange = { measured: MeasuredLoudness } & (
	| { type: "gain"; gainDb: number }
	| { type: "limited"; targetLufs: number }
);

export type LoudnessMeasurement = {
	sound: SoundInput;
	/** What happens to the sound before (sound-filters.ts). */
	filters: readonly string[];
	directory: string;
};

/** Below this R128 hears nothing (its absolute gate). */
const SILENCE_LUFS = -70;

/** `undefined`: there is nothing to hear, and so no loudness. */
export async function measureLoudness(
	{ sound, filters, directory }: LoudnessMeasurement,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<MeasuredLoudness | undefined>> {
	const args = measureLoudnessArguments(sound, filters);
	const summary = new Summary();
	const onInfo = (line: string) => summary.read(line);
	const task = { program: "ffmpeg", args, directory, onInfo } as const;
	const done = await run(task, toolbox, signal);
	if (!done.ok) return done;
	const { exitCode, stderr } = done.value;
	if (exitCode !== 0) return failed("corrupt_input", `ffmpeg exited with ${exitCode}: ${stderr}`);
	return succeeded(summary.measured());
}

/** What has to be done to sound so that it is as loud as was asked for. */
export function changeLoudness(measured: MeasuredLoudness, targetLufs: number): LoudnessChange {
	const gainDb = Number((targetLufs - measured.integratedLufs).toFixed(1));
	return measured.truePeakDbtp + gainDb <= LOUDEST_PEAK_DBTP
		? { type: "gain", gainDb, measured }
		: { type: "limited", targetLufs, measured };
}

/**
 * ebur128's summary: lines such as `I: -14.8 LUFS` under headings. Each name counts where it
 * stands first, which for `Threshold` is under the integrated loudness.
 */
class Summary {
	#values = new Map<string, number>();

	read(line: string): void {
		if (line.startsWith("Summary:")) this.#values = new Map();
		const [, name, value] = /^\s*([\w ]+):\s+(-?[\d.]+|-inf) (?:LUFS|LU|dBFS)$/.exec(line) ?? [];
		if (name && value && !this.#values.has(name)) this.#values.set(name, Number(value));
	}

	measured(): MeasuredLoudness | undefined {
		const [integratedLufs, truePeakDbtp, rangeLu, thresholdLufs] = [
			this.#values.get("I"),
			this.#values.get("Peak"),
			this.#values.get("LRA"),
			this.#values.get("Threshold"),
		];
		if (integratedLufs === undefined || integratedLufs <= SILENCE_LUFS) return undefined;
		// `Number("-inf")` is not a number: a peak of nothing at all.
		if (truePeakDbtp === undefined || Number.isNaN(truePeakDbtp)) return undefined;
		return {
			integratedLufs,
			truePeakDbtp,
			rangeLu: rangeLu ?? 0,
			thresholdLufs: thresholdLufs ?? 0,
		};
	}
}
