import { type Result, succeeded } from "../job/result.ts";
import { BITRATE_SAMPLE_SECONDS } from "../limits.ts";
import { packetSizesArguments } from "./arguments.ts";
import { lines } from "./lines.ts";
import { type AudioStream, type MediaFile, probe } from "./probe.ts";
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
	const measured = await measureBitrates(input, directory, toolbox, signal);
	return measured.ok ? succeeded(measured.value.get(index)) : measured;
}

/**
 * `probe`, for a file that may well not tell the bitrates of its sounds: they are measured meanwhile,
 * on another core. One that cannot be measured stays `undefined`.
 */
export async function probeWithBitrates(
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<MediaFile>> {
	const needless = new AbortController();
	const either = AbortSignal.any([signal, needless.signal]);
	const measuring = measureBitrates(input, directory, toolbox, either).catch(() => undefined);
	try {
		const probed = await probe(input, directory, toolbox, signal);
		if (!probed.ok || probed.value.sounds.every(tellsBitrate)) return probed;
		const measured = await measuring;
		if (!measured?.ok) return probed;
		const sounds = probed.value.sounds.map((sound) => ({
			...sound,
			bitrateKbps: sound.bitrateKbps ?? measured.value.get(sound.index),
		}));
		return succeeded({ ...probed.value, sounds });
	} finally {
		needless.abort(new Error("not needed"));
		await measuring;
	}
}

function tellsBitrate({ bitrateKbps }: AudioStream): boolean {
	return bitrateKbps !== undefined;
}

type Sample = { bytes: number; firstSeconds: number; lastSeconds: number };

/** In kbit/s, by the sounds' indexes in the file. */
async function measureBitrates(
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<ReadonlyMap<number, number>>> {
	const samples = new Map<number, Sample>();
	const onOutput = lines((line) => {
		const [index, seconds, size] = line.split(",").map(Number);
		if (index === undefined || seconds === undefined || size === undefined) return;
		if (Number.isNaN(index + seconds + size)) return;
		const { bytes, firstSeconds, lastSeconds } = samples.get(index) ?? NOTHING;
		samples.set(index, {
			bytes: bytes + size,
			firstSeconds: Math.min(firstSeconds, seconds),
			lastSeconds: Math.max(lastSeconds, seconds),
		});
	});
	const args = packetSizesArguments(input, BITRATE_SAMPLE_SECONDS, toolbox.decoders);
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	if (!done.ok) return done;
	const bitrates = new Map<number, number>();
	for (const [index, { bytes, firstSeconds, lastSeconds }] of samples) {
		const seconds = lastSeconds - firstSeconds;
		if (seconds >= SHORTEST_SECONDS) bitrates.set(index, (bytes * 8) / 1000 / seconds);
	}
	return succeeded(bitrates);
}

const NOTHING: Sample = {
	bytes: 0,
	firstSeconds: Number.POSITIVE_INFINITY,
	lastSeconds: Number.NEGATIVE_INFINITY,
};
