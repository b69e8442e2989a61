import type { AudioStream, MediaFile } from "../ffmpeg/probe.ts";

/**
 * A video's own timeline begins with whatever begins first in it, picture or sound, and its MP3
 * begins there, too: sound that starts half a second late still does.
 */

const MP4 = "mov,mp4,m4a,3gp,3g2,mj2";
const MATROSKA = "matroska,webm";

/** What starts so near to zero belongs to a file that counts from zero. */
const NEAR_ZERO_SECONDS = 1;

/** For these ffmpeg puts zero where the streams begin that it reads, for others where the file does. */
const ZERO_AT_STREAM: ReadonlySet<string> = new Set(["mpegts", "mpeg"]);

/**
 * Their sound has no times of its own: it goes on without a gap, however ffmpeg numbers it (wrongly
 * where a packet is not as long as the header says, such as Vorbis and DTS in AVI, or where the
 * sample rate changes).
 */
const WITHOUT_TIMES: ReadonlySet<string> = new Set(["avi", "wav", "mp3", "aac", "flac"]);

export type Placed = {
	media: MediaFile;
	sound: AudioStream;
	/** The picture, which may begin earlier, was left out of the file. */
	isSoundAlone: boolean;
};

/** Where the timeline begins, in the file's own time. */
export function timelineBeginsSeconds({ media, isSoundAlone }: Placed): number {
	const { container, startSeconds, filmStartSeconds = startSeconds } = media;
	const begins = Math.min(startSeconds, filmStartSeconds);
	// A piece of something longer, such as a recorded stream, starts far from zero.
	const isNearZero = Math.abs(begins) < NEAR_ZERO_SECONDS;
	if (container === MP4) return isSoundAlone || isNearZero ? 0 : begins;
	// Here what comes before zero is the encoder's delay, which no player plays.
	if (container === MATROSKA && isNearZero) return Math.max(0, begins);
	return begins;
}

/** Where the sound begins on the timeline: at zero or later. */
export function soundBeginsSeconds(placed: Placed): number {
	return Math.max(0, soundStartsSeconds(placed));
}

/** How much of the sound comes before the timeline, as an encoder's delay may. */
export function soundEarlySeconds(placed: Placed): number {
	return Math.max(0, -soundStartsSeconds(placed));
}

function soundStartsSeconds(placed: Placed): number {
	const { media, sound } = placed;
	return (sound.startSeconds ?? media.startSeconds) - timelineBeginsSeconds(placed);
}

/**
 * How long after the timeline's beginning ffmpeg counts zero, in seconds: the silence to put
 * there. Negative: so much comes before the timeline.
 */
export function silenceBeforeSeconds(placed: Placed): number {
	const { media } = placed;
	if (ZERO_AT_STREAM.has(media.container)) return soundBeginsSeconds(placed);
	return media.startSeconds - timelineBeginsSeconds(placed);
}

/** Whether the sound may pause, and what follows keeps its time. */
export function mayHaveGaps({ media }: Placed): boolean {
	return !WITHOUT_TIMES.has(media.container);
}
