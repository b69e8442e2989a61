import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { failed, type Result, succeeded } from "../job/result.ts";
import { setExactLength } from "../mp3/exact-length.ts";
import { joinLanes } from "../mp3/join-lanes.ts";
import type { OutputPlan } from "../plan/plan-output.ts";
import {
	copyArguments,
	encodeArguments,
	encodeLaneArguments,
	type SoundInput,
} from "./arguments.ts";
import { type LanePlan, planLanes } from "./lanes.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import { soundFilters, type Treatment } from "./sound-filters.ts";
import type { Toolbox } from "./toolbox.ts";

export type Encoding = {
	sound: SoundInput;
	output: string;
	directory: string;
	treatment: Treatment;
	plan: OutputPlan;
	/** Of what comes out, as far as is known: a few seconds more or less do no harm. */
	expectedSeconds: number | undefined;
	/** Cores that may be kept busy. */
	cores: number;
	/** How many seconds of sound have been written. */
	onProgress: (seconds: number) => void;
};

export type Encoded = {
	plan: OutputPlan;
	/** The highest sample, in dB below full scale. */
	peakDbfs: number | undefined;
	/** Its rate or its channels change on the way: what came out is not what went in (even-out.ts). */
	isUneven: boolean;
};

/**
 * Sound in, MP3 out: on several cores where that pays, else in one piece. Success here only means
 * that ffmpeg had nothing to complain about: it says so of empty and truncated inputs too
 * (verify.ts).
 */
export async function encode(
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const { plan, expectedSeconds: durationSeconds, cores } = encoding;
	const { sampleRateHz } = plan;
	const lanes = canBeCut(encoding) ? planLanes({ durationSeconds, sampleRateHz }, cores) : [];
	if (lanes.length < 2) return encodeWhole(encoding, toolbox, signal);
	const joined = await encodeInLanes(lanes, encoding, toolbox, signal);
	if (!joined.ok) return joined;
	if (joined.value) return succeeded(joined.value);
	// The recording is shorter than it says, and a lane came out empty.
	return encodeWhole(encoding, toolbox, signal);
}

/** At a constant bitrate, and where it is limited, each part of the sound depends on the one before. */
function canBeCut({ plan, treatment }: Encoding): boolean {
	return plan.rate.mode === "vbr" && treatment.loudness?.type !== "limited";
}

/** MP3 in, the same MP3 out. */
export function copyMp3(
	{
		sound,
		output,
		directory,
		onProgress,
	}: Pick<Encoding, "sound" | "output" | "directory" | "onProgress">,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<unknown>> {
	return runEncoder(copyArguments(sound, output), directory, onProgress, toolbox, signal);
}

async function encodeWhole(
	{ sound, output, directory, treatment, plan, onProgress }: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const args = encodeArguments(sound, output, soundFilters(treatment, plan), plan.rate);
	const done = await runEncoder(args, directory, onProgress, toolbox, signal);
	if (!done.ok) return done;
	const { peakDbfs, samples, passes } = done.value;
	if (samples !== undefined) {
		await setExactLength(join(directory, output), samples / plan.channels);
	}
	return succeeded({ plan, peakDbfs, isUneven: passes > 1 });
}

/** One encoder a lane, all at once. `undefined`: the lanes do not make a whole. */
async function encodeInLanes(
	lanePlans: readonly LanePlan[],
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded | undefined>> {
	const { sound, output, directory, treatment, plan, onProgress } = encoding;
	const filters = soundFilters(treatment, plan);
	const written = lanePlans.map(() => 0);
	// One encoder that fails has failed for all.
	const failure = new AbortController();
	const lanes = lanePlans.map((lane, index) => ({ ...lane, name: `lane-${index}.mp3` }));
	const runs = lanes.map(async (lane, index) => {
		const args = encodeLaneArguments(sound, lane.name, filters, plan.rate, lane);
		const onLaneProgress = (seconds: number) => {
			written[index] = seconds;
			onProgress(written.reduce((sum, each) => sum + each, 0));
		};
		const either = AbortSignal.any([signal, failure.signal]);
		const result = await runEncoder(args, directory, onLaneProgress, toolbox, either);
		if (!result.ok) failure.abort(new Error("another lane has failed"));
		return result;
	});
	const results = await Promise.allSettled(runs);
	signal.throwIfAborted();
	const peaks: number[] = [];
	let isUneven = false;
	for (const result of results) {
		if (result.status === "rejected") continue;
		if (!result.value.ok) return result.value;
		const { peakDbfs = Number.NEGATIVE_INFINITY, passes } = result.value.value;
		peaks.push(peakDbfs);
		isUneven ||= passes > 1;
	}
	for (const result of results) if (result.status === "rejected") throw result.reason;

	const peakDbfs = Math.max(...peaks);
	if (isUneven) return succeeded({ plan, peakDbfs, isUneven });
	const files = lanes.map(({ name, leadInFrames, frames }) => ({
		path: join(directory, name),
		leadInFrames,
		frames,
	}));
	const isWhole = await joinLanes(files, join(directory, output));
	return succeeded(isWhole ? { plan, peakDbfs, isUneven } : undefined);
}

/** What ffmpeg tells of the sound that went to the encoder. */
type Heard = {
	peakDbfs: number | undefined;
	/** Over all channels. */
	samples: number | undefined;
	/** How often ffmpeg built its filters: once more each time the sound changes its shape. */
	passes: number;
};

async function runEncoder(
	args: string[],
	directory: string,
	onProgress: (seconds: number) => void,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Heard>> {
	const heard: Heard = { peakDbfs: undefined, samples: undefined, passes: 0 };
	const onInfo = (line: string) => {
		const [, name, value] = /^(max_volume|n_samples): (-?[\d.]+)(?: dB)?$/.exec(line) ?? [];
		if (name === "max_volume") {
			heard.peakDbfs = Number(value);
			heard.passes += 1;
		}
		if (name === "n_samples") heard.samples = Number(value);
	};
	const onOutput = lines((line) => {
		const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
		if (microseconds !== undefined) onProgress(Number(microseconds) / 1_000_000);
	});
	const done = await run({ program: "ffmpeg", args, directory, onOutput, onInfo }, toolbox, signal);
	if (!done.ok) return done;
	const { exitCode, stderr } = done.value;
	if (exitCode === 0) return succeeded(heard);
	// ffmpeg 5 exits with 1 whatever happened; if it was not the disk, it was the input.
	const code = (await diskIsFull(directory)) ? "internal" : "corrupt_input";
	return failed(code, `ffmpeg exited with ${exitCode}: ${stderr}`);
}

async function diskIsFull(directory: string): Promise<boolean> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize < 1_048_576;
}
