import { MAX_ATTEMPT_SECONDS } from "#contracts/limits.ts";

/** What this part of Earshot allows itself, each with its reason. Shared limits: contracts/limits.ts. */

/**
 * One attempt is stopped this long after its message was pulled: a minute before the lease runs
 * out, so that there is time to settle it.
 */
export const ATTEMPT_LIMIT_MS = (MAX_ATTEMPT_SECONDS - 60) * 1000;

/** A call to the Queues API or the control URL; both answer in milliseconds when all is well. */
export const API_TIMEOUT_MS = 10_000;

/** A pull that is given up strands what it leased, so it gets more patience than other calls. */
export const PULL_TIMEOUT_MS = 30_000;

/** A download that brings no byte for this long is broken off and resumed. */
export const DOWNLOAD_STALL_MS = 30_000;
export const DOWNLOAD_TRIES = 8;

/** Smaller files are fetched whole: at 200 Mbit/s that takes no longer than two requests. */
export const SOUND_ONLY_FROM_BYTES = 1_048_576;

/** Reads of the index: the start, what follows each `mdat`, and a large `moov` on its own. */
export const MAX_INDEX_WINDOWS = 8;

/**
 * The largest `moov` that is read; one job holds up to two copies. Twelve hours of picture and
 * sound have one of 40 MB.
 */
export const MAX_MOOV_BYTES = 67_108_864;

/**
 * Sound with less than this in between is read in one go. It is what a connection brings in the
 * time a request takes, with the others beside it: 250 Mbit/s × 30 ms ÷ 16 connections.
 */
export const RANGE_GAP_BYTES = 65_536;

/**
 * Parts of a file that one job's sound is read from: five hours of chunks of a second each. Of finer
 * ones those close to each other are read in one go, whatever lies in between.
 */
export const MAX_SOUND_RANGES = 20_000;

/** The most that one request asks for, and so what one that breaks has to bring again. */
export const RANGE_PIECE_BYTES = 524_288;

/**
 * Requests at a time for one job. Their bodies go to disk as they come, some 64 KiB at a time, so
 * it is latency that this bounds and not memory.
 */
export const RANGES_AT_ONCE = 16;

/**
 * How much they ask for together, at first and later. What is encoded as it arrives waits for no
 * more than this, which at 200 Mbit/s takes a sixth of a second; and 20 ms a request leave room for
 * 1.6 Gbit/s.
 */
export const FIRST_UNDER_WAY_BYTES = 1_048_576;
export const UNDER_WAY_BYTES = 4_194_304;

/** Smaller ones that are fetched whole are here before an encoder that waits has much to do. */
export const EARLY_FROM_BYTES = 1_048_576;

/**
 * So much of a file tells what is in it, as a rule: an eighth, within these. Should all of it tell
 * otherwise, what was encoded early is discarded.
 */
export const EARLY_HEAD_SHARE = 1 / 8;
export const EARLY_HEAD_LEAST_BYTES = 524_288;
export const EARLY_HEAD_MOST_BYTES = 1_048_576;

/** Of a file of sound alone: all of its index, and as much of the sound as has the first frames. */
export const EARLY_SOUND_BYTES = 65_536;

/** The longest MP3 (12 hours of V0, about 1.4 GB) in this time needs 3 Mbit/s. */
export const UPLOAD_TIMEOUT_MS = 60 * 60_000;

/** A server that asks for more patience than this is asked again all the same. */
export const RETRY_AFTER_CAP_MS = 60_000;

/** A lease given back because the control URL or a queue did not answer. */
export const GIVE_BACK_DELAY_SECONDS = 10;

/**
 * Each time a message comes again the delay grows by so much: the queue delivers it six times before
 * it counts as one that nobody can handle, and an outage of ours may last for 20 minutes.
 */
export const GIVE_BACK_GROWTH = 3;
export const MAX_GIVE_BACK_DELAY_SECONDS = 60 * 60;

/** A lease given back because its message could not be moved to the dead letter queue. */
export const DEAD_LETTER_DELAY_SECONDS = 60;

/** While every slot is busy the loop still turns this often, to show that it is alive. */
export const BUSY_TURN_MS = 5_000;

/** A loop that has not turned for this long is not well: a pull alone may take half of it. */
export const UNHEALTHY_AFTER_MS = 60_000;

/** Whoever reaches the health port must not use up the files that conversions need. */
export const HEALTH_CONNECTIONS = 32;

/** A run directory whose owner has not been alive for this long is swept away. */
export const ABANDONED_AFTER_MS = 10 * 60_000;

/** From SIGTERM to exit, whatever hangs: `docker stop` kills after 10 s, some platforms after 5. */
export const SHUTDOWN_LIMIT_MS = 4_500;

/** At shutdown a pull under way may still bring leases that can be given back at once. */
export const PULL_GRACE_MS = 1_500;

/** At shutdown releasing the claim must leave time to give the lease back. */
export const RELEASE_TIMEOUT_MS = 1_500;

export type MediaLimits = {
	addressSpaceBytes: number;
	cpuSeconds: number;
	wallClockMs: number;
	fileBytes: number;
	openFiles: number;
	processes: number;
};

/**
 * The most that one ffmpeg or ffprobe may take, measured against files made to exhaust it (24
 * hours of FLAC in 1.1 MB, a 240 MB `moov`). Most get less: ffmpeg/task-limits.ts.
 */
export const MEDIA_LIMITS: MediaLimits = {
	addressSpaceBytes: 1_500_000_000,
	/** 12 hours on a core twenty times slower than the one on which they took 6 minutes. */
	cpuSeconds: 7_200,
	/** The same on a third of such a core; an attempt has an hour more. */
	wallClockMs: 10_800_000,
	/** 12 hours of V0 with room to spare; a larger file is refused as `too_large`. */
	fileBytes: 2_000_000_000,
	openFiles: 64,
	/**
	 * Linux counts every thread of the user, whoever started it: other jobs, other containers, on a
	 * laptop the browser; and root is not bound. So this can only be far above the twenty or so that
	 * an ffmpeg has, and stops a fork bomb before it takes the machine, no more.
	 */
	processes: 8_192,
};

/** Media programs step back behind what keeps the leases: heartbeats, downloads, uploads. */
export const MEDIA_NICENESS = 10;

/** One allocation inside libav. */
export const MAX_ALLOCATION_BYTES = 268_435_456;

/** The largest cover: some players ignore larger ones, and it comes with every download. */
export const MAX_COVER_BYTES = 500_000;

/** So much of a recording tells the bitrate of its sound. */
export const BITRATE_SAMPLE_SECONDS = 300;

/** ffprobe's report of 1000 streams, its own limit, is a quarter of this. */
export const PROBE_REPORT_BYTES = 1_048_576;

/** Kept of what ffmpeg complains of: the end says why it failed. */
export const STDERR_BYTES = 4_096;
