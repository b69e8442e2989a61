import { join } from "node:path";
import { type Result, succeeded } from "../job/result.ts";
import { setExactLength } from "../mp3/exact-length.ts";
import type { OutputPlan } from "../plan/plan-output.ts";
import { encodeArguments, type SoundInput } from "./arguments.ts";
import { encodeInLanes } from "./encode-in-lanes.ts";
import { planLanes } from "./lanes.ts";
import { lines } from "./lines.ts";
import { type Measured, runEncoder } from "./run-encoder.ts";
import { soundFilters, type Treatment } from "./sound-filters.ts";
import type { Toolbox } from "./toolbox.ts";

export type Encoding = {
	sound: SoundInput;
	output: string;
	directory: string;
	treatment: Treatment;
	plan: OutputPlan;
	/** Of what comes out, as far as is known; a wrong length does no harm. */
	expectedSeconds: number | undefined;
	/** Cores that may be kept busy. */
	cores: number;
	/** How many seconds of sound have been written. */
	onProgress: (seconds: number) => void;
};

export type Encoded = Pick<Measured, "peakDbfs"> & {
	plan: OutputPlan;
	/** Its rate or its channels change on the way: what came out is not what went in (even-out.ts). */
	isUneven: boolean;
};

/**
 * Sound in, MP3 out: on several cores where that pays, else in one piece. Success here only means
 * that ffmpeg had nothing to complain about (run-encoder.ts).
 */
export function encode(
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const { plan, expectedSeconds, cores } = encoding;
	const lanes = paysInLanes(encoding) ? planLanes(expectedSeconds, plan, cores) : undefined;
	return lanes
		? encodeInLanes(lanes, encoding, toolbox, signal)
		: encodeWhole(encoding, toolbox, signal);
}

/** Where loudness is limited, that is most of the work, and every lane would have to do all of it. */
function paysInLanes({ treatment }: Encoding): boolean {
	return treatment.loudness?.type !== "limited";
}

async function encodeWhole(
	{ sound, output, directory, treatment, plan, onProgress }: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const args = encodeArguments(sound, output, soundFilters(treatment, plan), plan.rate);
	const onOutput = readProgress(onProgress);
	const input = sound.feed?.();
	const done = await runEncoder({ args, directory, input, onOutput }, toolbox, signal);
	if (!done.ok) return done;
	const { peakDbfs, samples, isUneven } = done.value;
	if (samples !== undefined && !isUneven) {
		await setExactLength(join(directory, output), samples / plan.channels);
	}
	return succeeded({ plan, peakDbfs, isUneven });
}

/** From what `-progress` writes. */
function readProgress(onProgress: (seconds: number) => void): (text: string) => void {
	return lines((line) => {
		const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
		if (microseconds !== undefined) onProgress(Number(microseconds) / 1_000_000);
	});
}
