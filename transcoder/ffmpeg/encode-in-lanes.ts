import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Failure, failed, type Result, succeeded } from "../job/result.ts";
import { cutRuns } from "../mp3/cut-frames.ts";
import { JoinedMp3 } from "../mp3/joined-mp3.ts";
import { encodeLaneArguments } from "./arguments.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import type { Encoded, Encoding } from "./encode.ts";
import { LaneFrames, type LaneQueue } from "./lane-frames.ts";
import {
	CHUNKS_AHEAD,
	isOfChunk,
	type Lanes,
	laneFilters,
	laneOf,
	runFrames,
	samplesOfAll,
} from "./lanes.ts";
import { type Measured, runEncoder } from "./run-encoder.ts";
import { soundFilters } from "./sound-filters.ts";
import type { Toolbox } from "./toolbox.ts";

/** Each lane counts samples, and has counted anew: nothing fits together. Never told to anybody. */
const UNEVEN = failed("internal", "the sound changes on the way");

/**
 * One encoder a lane, all at once, and one file of what comes out of them, chunk by chunk. What
 * one encoder is ahead of the others is held in memory; if that becomes too much, it waits.
 */
export async function encodeInLanes(
	lanes: Lanes,
	encoding: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const { output, directory, plan } = encoding;
	const stop = new AbortController();
	const either = AbortSignal.any([signal, stop.signal]);
	let first: Failure | { ok: false; error: unknown } | undefined;
	/** What fails first has failed for all: what the others then say is of no interest. */
	const part = async <Value>(work: Promise<Result<Value>>): Promise<Value | undefined> => {
		const result = await work.catch((error: unknown) => ({ ok: false, error }) as const);
		if (result.ok) return result.value;
		first ??= result;
		stop.abort(new Error("another part has failed"));
		return undefined;
	};

	await using file = await open(join(directory, output), "w");
	const constantKbps = plan.rate.mode === "cbr" ? plan.rate.bitrateKbps : undefined;
	const mp3 = new JoinedMp3(file, toolbox.encoder, constantKbps);
	const room = CHUNKS_AHEAD * runFrames(lanes);
	const queues = Array.from({ length: lanes.count }, (): LaneQueue => new BoundedQueue(room));
	const onFrames = countFrames(encoding, lanes);
	const encoders = queues.map((queue, lane) =>
		part(encodeLane({ lane, queue, onFrames }, lanes, encoding, toolbox, either)),
	);
	const joining = part(joinChunks(queues, lanes, mp3, toolbox.limits.fileBytes, either));
	const measured = (await Promise.all(encoders)).filter((each) => each !== undefined);
	await joining;
	signal.throwIfAborted();
	if (first === UNEVEN) return succeeded({ plan, peakDbfs: undefined, isUneven: true });
	if (first) {
		if ("error" in first) throw first.error;
		return first;
	}
	const samples = measured.map((each) => {
		if (each.samples === undefined) throw new Error("ffmpeg did not say how much it encoded");
		return each.samples / plan.channels;
	});
	await mp3.end(samplesOfAll(samples, lanes));
	const peaks = measured.map(({ peakDbfs }) => peakDbfs).filter((each) => each !== undefined);
	const peakDbfs = peaks.length > 0 ? Math.max(...peaks) : undefined;
	return succeeded({ plan, peakDbfs, isUneven: false });
}

type LaneWork = { lane: number; queue: LaneQueue; onFrames: (count: number) => void };

/** One lane's encoder: the frames of its chunks go into its queue. */
async function encodeLane(
	{ lane, queue, onFrames }: LaneWork,
	lanes: Lanes,
	{ sound, directory, treatment, plan }: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Measured>> {
	const filters = {
		sound: soundFilters(treatment, plan),
		lane: laneFilters(lane, lanes),
	};
	const args = encodeLaneArguments(sound, filters, plan.rate);
	const readOutput = async (bytes: AsyncIterable<Buffer>) => {
		let count = 0;
		for await (const run of cutRuns(bytes)) {
			let kept = 0;
			for (const end = count + run.count; count < end; count++) {
				if (isOfChunk(count, lane, lanes)) kept += 1;
			}
			onFrames(kept);
			await queue.put(run, signal);
		}
	};
	const input = sound.feed?.();
	const done = await runEncoder({ args, directory, input, readOutput }, toolbox, signal);
	// Not before it is known that nothing went wrong: else this would look like the recording's end.
	if (!done.ok) return done;
	if (done.value.isUneven) return UNEVEN;
	queue.end();
	return done;
}

/** Takes the chunks in their order, each from the lane that has it. */
async function joinChunks(
	queues: readonly LaneQueue[],
	lanes: Lanes,
	mp3: JoinedMp3,
	limitBytes: number,
	signal: AbortSignal,
): Promise<Result<void>> {
	const sources = queues.map((queue, lane) => new LaneFrames(lane, queue, lanes));
	let isWhole = true;
	for (let chunk = 0; isWhole; chunk++) {
		let missing = lanes.chunkFrames;
		while (missing > 0) {
			const frames = (await sources[laneOf(chunk, lanes)]?.take(missing, signal)) ?? [];
			if (frames.length === 0) break;
			missing -= frames.length;
			await mp3.add(frames);
			if (mp3.writtenBytes > limitBytes) return failed("too_large", "the MP3 is too large");
		}
		// The recording ends in this chunk.
		isWhole = missing === 0;
	}
	for (const source of sources) {
		const left = await source.take(1, signal);
		if (left.length > 0) throw new Error("one lane's recording is longer than the others'");
	}
	return succeeded(undefined);
}

/** Progress of all lanes as one. */
function countFrames({ plan, onProgress }: Encoding, { samplesPerFrame }: Lanes) {
	let frames = 0;
	return (count: number) => {
		frames += count;
		onProgress((frames * samplesPerFrame) / plan.sampleRateHz);
	};
}
