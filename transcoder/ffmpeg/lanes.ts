import { paddingPeriod, samplesPerFrameAt } from "../mp3/frame-header.ts";
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
	/** What each chunk is encoded with before and after itself, for the state that it needs. */
	leadInFrames: number;
	lookAheadFrames: number;
	samplesPerFrame: 576 | 1152;
};

/**
 * LAME's frames depend on those before them (psychoacoustics, VBR decisions). From 800 starting
 * points the longest memory was 37 frames; 32 are too few. At a constant bitrate there is also how
 * full the reservoir is: up to 118 frames, seldom more than 64. Where that should not be enough,
 * the first frames of a chunk are a little different from a single encode's, and as good.
 */
const LEAD_IN_FRAMES = { vbr: 64, cbr: 128 } as const;

/** And on the samples that follow: one frame, and the encoder's own delay. */
const LOOK_AHEAD_FRAMES = 2;

/** Shorter recordings are through before several encoders have warmed up. */
const SHORTEST_SECONDS = 10;

/**
 * Frames that have to stand alone get no bits from those before them, and where many frames are as
 * large as can be, that is measured below 100 Hz first: 0.12 dB more noise at V2, less than 0.1 from
 * V3 on, but 0.3 at V1 and 0.7 at V0. Whoever asks for the best gets it, in one piece.
 */
const BEST_VBR_QUALITY = 2;

/** How many chunks a lane may be ahead of the others: one that waits for them, and one in the making. */
export const CHUNKS_AHEAD = 2;

/**
 * What is encoded twice is a smaller part of longer chunks, but they wait in memory for those
 * before them: this much sound over all lanes, which at 320 kbit/s is 24 MB.
 */
const WAITING_SECONDS = 600;

/**
 * The last chunks are joined when no encoder runs any more. Dealing out a recording at least so
 * many times makes that half as much, which saves more time than the second lead-ins take.
 */
const LEAST_ROUNDS = 2;

/**
 * Where these make chunks very short, 4 to 13 % is encoded twice. As long are those of a recording
 * that does not say how long it is, so that a short one is shared out, too.
 */
const SHORT_CHUNK_SECONDS = 40;

/** Of a chunk and of what is encoded with it, the chunk is to be two thirds at least. */
const SHORTEST_CHUNK_SHARE = 2;

/**
 * Up to `cores` lanes, all with the same number of chunks if the recording is as long as it says;
 * a wrong length does no harm. `undefined`: in one piece.
 */
export function planLanes(
	durationSeconds: number | undefined,
	{ sampleRateHz, rate }: Pick<OutputPlan, "sampleRateHz" | "rate">,
	cores: number,
): Lanes | undefined {
	if (rate.mode === "vbr" && rate.quality < BEST_VBR_QUALITY) return undefined;
	// What does not say how long it is, such as a browser's recording, is seldom short.
	const seconds = durationSeconds ?? Number.POSITIVE_INFINITY;
	if (seconds < SHORTEST_SECONDS) return undefined;
	const samplesPerFrame = samplesPerFrameAt(sampleRateHz);
	// LAME gives a frame with a padding byte more bits, so all encoders have to agree on which
	// frames those are.
	const unit =
		rate.mode === "cbr" ? paddingPeriod({ samplesPerFrame, sampleRateHz }, rate.bitrateKbps) : 1;
	const inUnits = (frames: number) => Math.ceil(frames / unit) * unit;
	const [leadInFrames, lookAheadFrames] = [
		inUnits(LEAD_IN_FRAMES[rate.mode]),
		inUnits(LOOK_AHEAD_FRAMES),
	];

	const frames = (seconds * sampleRateHz) / samplesPerFrame;
	const shortest = SHORTEST_CHUNK_SHARE * (leadInFrames + lookAheadFrames);
	const count = Math.min(cores, Math.floor(frames / shortest));
	if (count < 2) return undefined;
	const waitingSeconds =
		durationSeconds === undefined ? 0 : WAITING_SECONDS / (CHUNKS_AHEAD * (count - 1));
	const roundSeconds = seconds / count / LEAST_ROUNDS;
	const longestSeconds = Math.max(SHORT_CHUNK_SECONDS, Math.min(waitingSeconds, roundSeconds));
	const longest = (longestSeconds * sampleRateHz) / samplesPerFrame;
	const rounds = Math.ceil(frames / (count * longest));
	const chunkFrames = inUnits(Number.isFinite(rounds) ? frames / (count * rounds) : longest);
	return { count, chunkFrames, leadInFrames, lookAheadFrames, samplesPerFrame };
}

/** Which lane has a chunk. */
export function laneOf(chunk: number, { count }: Lanes): number {
	return chunk % count;
}

/**
 * ffmpeg's filters that leave of a sound what a lane encodes: its chunks, each with its lead-in
 * and its look-ahead.
 */
export function laneFilters(lane: number, lanes: Lanes): string[] {
	const { count, chunkFrames, leadInFrames, samplesPerFrame } = lanes;
	const every = count * chunkFrames;
	const first = lane * chunkFrames - leadInFrames;
	const isMine =
		first < 0
			? // The recording's first chunk has no lead-in.
				`lt(mod(n+${-first}\\,${every})\\,${runFrames(lanes)})`
			: `gte(n\\,${first})*lt(mod(n-${first}\\,${every})\\,${runFrames(lanes)})`;
	return [`asetnsamples=n=${samplesPerFrame}:p=0`, `aselect=${isMine}`, "asetpts=N/SR/TB"];
}

/** Whether a frame that came out of a lane, counted from 0, is one of its chunks'. */
export function isOfChunk(frame: number, lane: number, lanes: Lanes): boolean {
	const { chunkFrames, leadInFrames } = lanes;
	const missing = lane === 0 ? leadInFrames : 0;
	const place = ((frame + missing) % runFrames(lanes)) - leadInFrames;
	return place >= 0 && place < chunkFrames;
}

/** How long the recording is, by how much of it each lane was given; in samples of a channel. */
export function samplesOfAll(samplesOfLanes: readonly number[], lanes: Lanes): number {
	// Whichever lane has the recording's last chunk was given its last sample.
	return Math.max(...samplesOfLanes.map((samples, lane) => endOfLane(samples, lane, lanes)));
}

/** Behind the last sample of a lane that was given so many. */
function endOfLane(samples: number, lane: number, lanes: Lanes): number {
	if (samples === 0) return 0;
	const { count, chunkFrames, leadInFrames, samplesPerFrame } = lanes;
	const missing = lane === 0 ? leadInFrames * samplesPerFrame : 0;
	const run = runFrames(lanes) * samplesPerFrame;
	const round = Math.ceil((samples + missing) / run) - 1;
	const begins = ((round * count + lane) * chunkFrames - leadInFrames) * samplesPerFrame;
	return begins + samples + missing - round * run;
}

/** How many frames are encoded in one go, for one chunk. */
export function runFrames({ chunkFrames, leadInFrames, lookAheadFrames }: Lanes): number {
	return leadInFrames + chunkFrames + lookAheadFrames;
}
