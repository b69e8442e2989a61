import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What plain ffmpeg decodes of a sound, and where in it something happens. */
export type Heard = {
	sampleRateHz: number;
	channels: number;
	samples: number;
	seconds: number;
	/** The highest sample of all channels; 1 is full scale. */
	peak: number;
	/** When it becomes loud after it was quiet, in seconds. */
	bangs: number[];
	/** The quietest 20 ms between the first bang and the last, 1 being the peak. */
	quietest: number;
};

/** What is so loud, 1 being the peak, after so much time in which nothing was, is a bang. */
const LOUD = 0.4;
const APART_SECONDS = 0.1;
/** Each window of a millisecond is as loud as its highest sample. */
const WINDOWS_PER_SECOND = 1_000;
const DROPOUT_WINDOWS = 20;

export async function hear(path: string, sound = 0): Promise<Heard> {
	const decode = ["-v", "error", "-i", path, "-map", `0:a:${sound}`, "-c:a", "pcm_f32le"];
	const limits = { encoding: "buffer", maxBuffer: 100_000_000 } as const;
	const { stdout: wav } = await promisify(execFile)(
		"ffmpeg",
		[...decode, "-bitexact", "-f", "wav", "-"],
		limits,
	);
	const [channels, sampleRateHz] = [wav.readUInt16LE(22), wav.readUInt32LE(24)];
	const data = Uint8Array.from(wav.subarray(wav.indexOf("data") + 8));
	const values = new Float32Array(data.buffer, 0, data.length >> 2);
	const samples = values.length / channels;

	const levels = levelsOf(values, Math.round(sampleRateHz / WINDOWS_PER_SECOND) * channels);
	const windowSeconds = Math.round(sampleRateHz / WINDOWS_PER_SECOND) / sampleRateHz;
	const peak = Math.max(0, ...levels);
	const starts = bangsIn(levels, LOUD * peak, APART_SECONDS / windowSeconds);
	return {
		sampleRateHz,
		channels,
		samples,
		seconds: samples / sampleRateHz,
		peak,
		bangs: starts.map((start) => start * windowSeconds),
		quietest: quietestIn(levels.slice(starts[0], starts.at(-1))) / peak,
	};
}

function levelsOf(values: Float32Array, windowLength: number): number[] {
	const levels: number[] = [];
	for (let start = 0; start < values.length; start += windowLength) {
		let level = 0;
		for (const value of values.subarray(start, start + windowLength)) {
			level = Math.max(level, Math.abs(value));
		}
		levels.push(level);
	}
	return levels;
}

function bangsIn(levels: readonly number[], loud: number, apart: number): number[] {
	const starts: number[] = [];
	let lastLoud = Number.NEGATIVE_INFINITY;
	for (const [window, level] of levels.entries()) {
		if (level < loud) continue;
		if (window - lastLoud > apart) starts.push(window);
		lastLoud = window;
	}
	return starts;
}

function quietestIn(levels: readonly number[]): number {
	let quietest = Number.POSITIVE_INFINITY;
	for (let start = 0; start + DROPOUT_WINDOWS <= levels.length; start++) {
		quietest = Math.min(quietest, Math.max(...levels.slice(start, start + DROPOUT_WINDOWS)));
	}
	return quietest;
}
