import { samplesPerFrameAt } from "../mp3/frame-header.ts";
import type { OutputPlan } from "../plan/plan-output.ts";

/**
 * Which frames of a recording each encoder takes when several work on it at once. LAME is serial,
 * so a recording is cut in time into chunks of whole frames, dealt out like cards: with n lanes,
 * lane k gets chunks k, k + n, k + 2n … Where frames begin does not change, so the parts can be
 * put together again. Pure: numbers in, numbers and words out.
 */
export type Lanes = {
	count: number;
	/** Frames of a chunk. */
	chunkFrames: number;
	samplesPerFrame: number;
};

/**
 * LAME's frames depend on those before them (psychoacoustics, VBR decisions). From 800 starting
 * points the longest memory was 37 frames; 32 are too few.
 */
const LEAD_IN_FRAMES = 64;

/** And on the samples that follow: one frame, and the encoder's own delay. */
const LOOK_AHEAD_FRAMES = 2;

/** What each chunk is encoded with before and after itself, for the state that it needs. */
const EXTRA_FRAMES = LEAD_IN_FRAMES + LOOK_AHEAD_FRAMES;

/** Shorter recordings are through before several encoders have warmed up. */
const SHORTEST_SECONDS = 60;

/**
 * Longer chunks save little: at 40 s what is encoded twice is 4 %. But a lane's chunk waits in
 * memory for those before it.
 */
const LONGEST_CHUNK_SECONDS = 40;

/** In shorter ones, more than a third would be encoded twice. */
const SHORTEST_CHUNK_FRAMES = 2 * EXTRA_FRAMES;

/**
 * Up to `cores` lanes, all with the same number of chunks if the recording is as long as it says;
 * a wrong length does no harm. `undefined`: in one piece.
 */
export function planLanes(
	durationSeconds: number | undefined,
	{ sampleRateHz }: Pick<OutputPlan, "sampleRateHz">,
	cores: number,
): Lanes | undefined {
	const samplesPerFrame = samplesPerFrameAt(sampleRateHz);
	const framesIn = (seconds: number) => Math.ceil((seconds * sampleRateHz) / samplesPerFrame);
	// What does not say how long it is, such as a browser's recording, is seldom short.
	if (durationSeconds === undefined) {
		const chunkFrames = framesIn(LONGEST_CHUNK_SECONDS);
		return cores < 2 ? undefined : { count: cores, chunkFrames, samplesPerFrame };
	}
	if (durationSeconds < SHORTEST_SECONDS) return undefined;
	const frames = framesIn(durationSeconds);
	const count = Math.min(cores, Math.floor(frames / SHORTEST_CHUNK_FRAMES));
	if (count < 2) return undefined;
	const rounds = Math.ceil(durationSeconds / (count * LONGEST_CHUNK_SECONDS));
	return { count, chunkFrames: Math.ceil(frames / (count * rounds)), samplesPerFrame };
}

/** Which lane has a chunk. */
export function laneOf(chunk: number, { count }: Lanes): number {
	return chunk % count;
}

/**
 * ffmpeg's filters that leave of a sound what a lane encodes: its chunks, each with its lead-in
 * and its look-ahead.
 */
export function laneFilters(
	lane: number,
	{ count, chunkFrames, samplesPerFrame }: Lanes,
): string[] {
	const run = chunkFrames + EXTRA_FRAMES;
	const every = count * chunkFrames;
	const first = lane * chunkFrames - LEAD_IN_FRAMES;
	const isMine =
		first < 0
			? // The recording's first chunk has no lead-in.
				`lt(mod(n+${-first}\\,${every})\\,${run})`
			: `gte(n\\,${first})*lt(mod(n-${first}\\,${every})\\,${run})`;
	return [`asetnsamples=n=${samplesPerFrame}:p=0`, `aselect=${isMine}`, "asetpts=N/SR/TB"];
}

/** Whether a frame that came out of a lane, counted from 0, is one of its chunks'. */
export function isOfChunk(frame: number, lane: number, { chunkFrames }: Lanes): boolean {
	const missing = lane === 0 ? LEAD_IN_FRAMES : 0;
	const place = ((frame + missing) % (chunkFrames + EXTRA_FRAMES)) - LEAD_IN_FRAMES;
	return place >= 0 && place < chunkFrames;
}
