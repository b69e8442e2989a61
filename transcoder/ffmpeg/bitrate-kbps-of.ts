import { type Result, succeeded } from "../job/result.ts";
import { BITRATE_SAMPLE_SECONDS } from "../limits.ts";
import { packetSizeArguments, type SoundInput } from "./arguments.ts";
import { lines } from "./lines.ts";
import type { AudioStream } from "./probe.ts";
import { run } from "./run.ts";
import { limitedTo, PROBE_LIMITS } from "./task-limits.ts";
import type { Toolbox } from "./toolbox.ts";

/** Less than this says nothing of what follows. */
const SHORTEST_SECONDS = 0.5;

/**
 * The bitrate of a sound in kbit/s: as the file tells, or else as the packets at its start do.
 * `undefined`: it has too little sound, or no times.
 */
export async function bitrateKbpsOf(
	{ bitrateKbps, index }: AudioStream,
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<number | undefined>> {
	if (bitrateKbps !== undefined) return succeeded(bitrateKbps);
	return measure({ input, soundIndex: index }, directory, toolbox, signal);
}

async function measure(
	sound: SoundInput,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<number | undefined>> {
	let [bytes, first, last] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	const onOutput = lines((line) => {
		const [time, size] = line.split(",").map(Number);
		if (time === undefined || size === undefined || Number.isNaN(time + size)) return;
		bytes += size;
		first = Math.min(first, time);
		last = Math.max(last, time);
	});
	const args = packetSizeArguments(sound, BITRATE_SAMPLE_SECONDS, toolbox.decoders);
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	if (!done.ok) return done;
	const seconds = last - first;
	return succeeded(seconds >= SHORTEST_SECONDS ? (bytes * 8) / 1000 / seconds : undefined);
}
