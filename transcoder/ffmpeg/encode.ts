import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { failed, type Result, succeeded } from "../job/result.ts";
import { joinLanes } from "../mp3/join-lanes.ts";
import { copyArguments, encodeArguments, encodeLaneArguments } from "./arguments.ts";
import { MP3_COPIED_FROM } from "./formats.ts";
import { type LanePlan, planLanes } from "./lanes.ts";
import { lines } from "./lines.ts";
import type { AudioStream } from "./probe.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

export type Encoding = {
	input: string;
	output: string;
	directory: string;
	/** Of the input, as ffprobe names it. */
	container: string;
	audio: Pick<AudioStream, "codec" | "durationSeconds" | "sampleRateHz" | "channels">;
	options: ConversionOptions;
	/** Cores that may be kept busy. */
	cores: number;
	/** How many seconds of sound have been written. */
	onProgress: (seconds: number) => void;
};

/**
 * Sound in, MP3 out: what is MP3 already as it is, the rest on several cores where that pays, else
 * in one piece. Success here only means that ffmpeg had nothing to complain about: it says so of
 * empty and truncated inputs too (verify.ts).
 */
export async function encode(
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<void>> {
	const { audio, container, input, output, directory, onProgress } = encoding;
	if (audio.codec === "mp3" && MP3_COPIED_FROM.has(container)) {
		return runEncoder(copyArguments(input, output), directory, onProgress, toolbox, signal);
	}
	const plan = planLanes(audio, encoding.cores);
	if (plan.length < 2) return encodeWhole(encoding, toolbox, signal);
	const joined = await encodeInLanes(plan, encoding, toolbox, signal);
	if (!joined.ok || joined.value) return joined.ok ? succeeded(undefined) : joined;
	// The recording is shorter than it says, and a lane came out empty.
	return encodeWhole(encoding, toolbox, signal);
}

async function encodeWhole(
	{ input, output, directory, options, onProgress }: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<void>> {
	const args = encodeArguments(input, output, options);
	return runEncoder(args, directory, onProgress, toolbox, signal);
}

/** One encoder a lane, all at once. False: the lanes do not make a whole. */
async function encodeInLanes(
	plan: readonly LanePlan[],
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<boolean>> {
	const { input, output, directory, audio, options, onProgress } = encoding;
	const { sampleRateHz = 0, channels = 2 } = audio;
	const written = plan.map(() => 0);
	// One encoder that fails has failed for all.
	const failure = new AbortController();
	const lanes = plan.map((lane, index) => ({ ...lane, name: `lane-${index}.mp3` }));
	const runs = lanes.map(async (lane, index) => {
		const args = encodeLaneArguments(input, lane.name, options, lane, { sampleRateHz, channels });
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
	for (const result of results) {
		if (result.status === "fulfilled" && !result.value.ok) return result.value;
	}
	for (const result of results) if (result.status === "rejected") throw result.reason;

	const files = lanes.map(({ name, leadInFrames, frames }) => ({
		path: join(directory, name),
		leadInFrames,
		frames,
	}));
	return succeeded(await joinLanes(files, join(directory, output)));
}

async function runEncoder(
	args: string[],
	directory: string,
	onProgress: (seconds: number) => void,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<void>> {
	const onOutput = lines((line) => {
		const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
		if (microseconds !== undefined) onProgress(Number(microseconds) / 1_000_000);
	});
	const done = await run({ program: "ffmpeg", args, directory, onOutput }, toolbox, signal);
	if (!done.ok) return done;
	const { exitCode, stderr } = done.value;
	if (exitCode === 0) return succeeded(undefined);
	// ffmpeg 5 exits with 1 whatever happened; if it was not the disk, it was the input.
	const code = (await diskIsFull(directory)) ? "internal" : "corrupt_input";
	return failed(code, `ffmpeg exited with ${exitCode}: ${stderr}`);
}

async function diskIsFull(directory: string): Promise<boolean> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize < 1_048_576;
}
