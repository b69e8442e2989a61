import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import type { MediaLimits } from "../limits.ts";

/**
 * What one run may take, by how much there is to do. Pure: numbers in, numbers out. What a file
 * says of its length is a hint: a recording that holds more than it says must come through too.
 */

/** The part of MEDIA_LIMITS that depends on the task. */
export type TaskLimits = Pick<MediaLimits, "cpuSeconds" | "wallClockMs" | "fileBytes">;

export type Workload = {
	/** As declared: unknown, a guess, or a lie. */
	durationSeconds: number | undefined;
	/** Of the source. */
	sizeBytes: number;
};

/**
 * ffprobe reads an index and the first packets, and writes no file. It took 40 seconds for a
 * `moov` of 240 MB; the index of twelve honest hours is a sixth of that.
 */
export const PROBE_LIMITS: TaskLimits = { cpuSeconds: 120, wallClockMs: 600_000, fileBytes: 0 };

/**
 * Allowed for each second of sound. It took 1/120 of a second, and 1/30 where the loudness has to be
 * limited: this is for a core many times slower, for a part of such a core, and for the highest
 * bitrate of MP3 with its headers.
 */
const PER_SECOND: TaskLimits = { cpuSeconds: 1 / 6, wallClockMs: 250, fileBytes: 45_000 };

/** Every file is taken for at least this long: starting up takes time, and headers understate. */
const LEAST_SECONDS = 3_600;

/**
 * 8 kbit/s. Recordings have more, so this many bytes may hold as many seconds whatever they say;
 * what holds far more is silence, or a bomb.
 */
const LEAST_BYTES_PER_SECOND = 1_000;

/** For one run that reads a whole source. MEDIA_LIMITS still stands above it. */
export function taskLimits({ durationSeconds, sizeBytes }: Workload): TaskLimits {
	const declared = durationSeconds ?? MAX_DURATION_SECONDS;
	const held = sizeBytes / LEAST_BYTES_PER_SECOND;
	const seconds = Math.min(MAX_DURATION_SECONDS, Math.max(LEAST_SECONDS, declared, held));
	return {
		cpuSeconds: Math.ceil(seconds * PER_SECOND.cpuSeconds),
		wallClockMs: Math.ceil(seconds * PER_SECOND.wallClockMs),
		fileBytes: Math.ceil(seconds * PER_SECOND.fileBytes),
	};
}

/** The same tools, for a task that may not take more than this. */
export function limitedTo<Tools extends { limits: MediaLimits }>(
	{ cpuSeconds, wallClockMs, fileBytes }: TaskLimits,
	tools: Tools,
): Tools {
	const most = tools.limits;
	const limits = {
		...most,
		cpuSeconds: Math.min(most.cpuSeconds, cpuSeconds),
		wallClockMs: Math.min(most.wallClockMs, wallClockMs),
		fileBytes: Math.min(most.fileBytes, fileBytes),
	};
	return { ...tools, limits };
}
