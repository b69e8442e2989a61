/**
 * Which stretch of a recording each encoder takes when several work on it at once. LAME is serial,
 * so one file is cut in time; where frames begin does not change, so the parts can be joined.
 * Pure: numbers in, numbers out.
 */
export type LanePlan = {
	/** Decoded samples before it are dropped. */
	startSample: number;
	/** Where it stops reading; `undefined`: at the end, wherever that is. */
	endSample: number | undefined;
	/** Frames at its start that only bring the encoder into the state it would be in. */
	leadInFrames: number;
	/** Frames to keep after these; `undefined`: all. */
	frames: number | undefined;
};

/**
 * LAME's frames depend on those before them (psychoacoustics, VBR decisions). From 800 starting
 * points the longest memory was 37 frames; 32 are too few.
 */
const LEAD_IN_FRAMES = 64;

/** And on the samples that follow: one frame, and the encoder's own delay. */
const LOOK_AHEAD_FRAMES = 2;

/** Shorter recordings are through before several encoders have warmed up. */
const SHORTEST_SECONDS = 60;

/** What can be planned for; anything else is encoded in one piece. */
export type Recording = {
	/** As declared. A few seconds more or less do no harm, a wrong one is found out later. */
	durationSeconds: number | undefined;
	sampleRateHz: number | undefined;
};

/** Below this rate MP3 frames are half as long (MPEG-2). */
const LONG_FRAMES_FROM_HZ = 32_000;
const MP3_RATES_HZ = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];

/** Plans up to `lanes` encoders. One entry, or none at all, means: in one piece. */
export function planLanes(
	{ durationSeconds = 0, sampleRateHz = 0 }: Recording,
	lanes: number,
): LanePlan[] {
	// At another rate the sound is resampled, and its samples are not those that we would count.
	if (durationSeconds < SHORTEST_SECONDS || !MP3_RATES_HZ.includes(sampleRateHz)) return [];
	const samplesPerFrame = sampleRateHz >= LONG_FRAMES_FROM_HZ ? 1152 : 576;
	const totalFrames = Math.floor((durationSeconds * sampleRateHz) / samplesPerFrame);
	const boundary = (lane: number) => Math.floor((totalFrames * lane) / lanes);
	return Array.from({ length: lanes }, (_, lane) => {
		const [from, to] = [boundary(lane), boundary(lane + 1)];
		const leadInFrames = Math.min(LEAD_IN_FRAMES, from);
		const isLast = lane === lanes - 1;
		return {
			startSample: (from - leadInFrames) * samplesPerFrame,
			endSample: isLast ? undefined : (to + LOOK_AHEAD_FRAMES) * samplesPerFrame,
			leadInFrames,
			frames: isLast ? undefined : to - from,
		};
	});
}
