import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import type { OutputPlan } from "../plan/plan-output.ts";
import { LOUDEST_PEAK_DBTP, type LoudnessChange } from "./loudness.ts";

/** What happens to the decoded sound before it is encoded. */
export type Treatment = {
	/** Of the sound as it comes; `undefined`: not known. */
	sourceRateHz: number | undefined;
	/** Its samples are floating-point numbers as they stand in the file, whatever they are. */
	isRawFloat: boolean;
	/** Silence before what ffmpeg counts as zero (plan/timeline.ts); negative: what to leave out. */
	silenceBeforeSeconds: number;
	/** Whether to put silence where the sound pauses. */
	fillGaps: boolean;
	/** A cut, on the timeline that begins with that silence. */
	startSeconds: number;
	endSeconds: number | undefined;
	loudness: LoudnessChange | undefined;
};

/** Gaps of more than a year. */
const NO_GAPS = ":min_hard_comp=1e8";

export type Shape = Pick<OutputPlan, "sampleRateHz" | "channels">;

/** The treatment as ffmpeg's filters, from what its decoder gives to what its encoder gets. Pure. */
export function soundFilters(treatment: Treatment, shape: Shape): string[] {
	const { sampleRateHz } = shape;
	const { isRawFloat, startSeconds, endSeconds = Number.POSITIVE_INFINITY, loudness } = treatment;
	const start = Math.round(startSeconds * sampleRateHz);
	const longest = MAX_DURATION_SECONDS * sampleRateHz;
	const end = Math.min(Math.round(endSeconds * sampleRateHz), start + longest);
	return [
		...(isRawFloat ? [WITHOUT_NONSENSE] : []),
		...timelineFilters(treatment, shape),
		// Counted, not sought: seeking is not exact to the sample.
		`atrim=start_sample=${start}:end_sample=${end}`,
		"asetpts=N/SR/TB",
		...(loudness ? loudnessFilters(loudness, shape) : []),
	];
}

/**
 * Silence in place of samples that no sound has, of which LAME dies: what is not a number, infinite,
 * or 60 dB above full scale. What is merely too loud stays as it is.
 */
const WITHOUT_NONSENSE = "aeval=if(between(val(ch)\\,-1000\\,1000)\\,val(ch)\\,0):c=same";

/** The sound in the rate and channels that the MP3 will have. They know nothing of what came before. */
export function shapeFilters(shape: Shape): string[] {
	return [`aresample=${MIX}`, format(shape)];
}

/** Six channels at full scale make 7.7 dB too much of two; mixed with this they cannot clip. */
const MIX = "rematrix_maxval=1";

/** The sound as its listeners know it, whole and on the timeline. */
function timelineFilters(treatment: Treatment, shape: Shape): string[] {
	const { sourceRateHz, silenceBeforeSeconds, fillGaps } = treatment;
	// In samples from ffmpeg's zero, before which the timeline began.
	const firstSample = -Math.round(silenceBeforeSeconds * shape.sampleRateHz);
	// Puts silence where there is no sound, at the start and in gaps of a tenth of a second, so that
	// what follows keeps its time. Sound without gaps comes out as it went in.
	const keepTime = `async=1:first_pts=${firstSample}${fillGaps ? "" : NO_GAPS}`;
	// In one go, which takes less time. But it counts samples of the rate that comes in.
	if (sourceRateHz === shape.sampleRateHz) return [`aresample=${MIX}:${keepTime}`, format(shape)];
	return [
		...shapeFilters(shape),
		`aresample=${keepTime}`,
		// Again, or it would settle on 16 bits for the sake of the filter that measures the peak.
		format(shape),
	];
}

function loudnessFilters(loudness: LoudnessChange, shape: Shape): string[] {
	if (loudness.type === "gain") return [`volume=${loudness.gainDb}dB:precision=float`];
	const { targetLufs, measured } = loudness;
	const options = [
		`I=${targetLufs}`,
		`TP=${LOUDEST_PEAK_DBTP}`,
		// Leaves the dynamics as they are, as far as the peaks allow.
		"LRA=50",
		`measured_I=${measured.integratedLufs}`,
		`measured_TP=${measured.truePeakDbtp}`,
		`measured_LRA=${measured.rangeLu}`,
		`measured_thresh=${measured.thresholdLufs}`,
		"linear=false",
	];
	// It works at 192 kHz.
	return [`loudnorm=${options.join(":")}`, `aresample=${shape.sampleRateHz}`, format(shape)];
}

function format({ sampleRateHz, channels }: Shape): string {
	const layout = channels === 1 ? "mono" : "stereo";
	return `aformat=sample_fmts=fltp:sample_rates=${sampleRateHz}:channel_layouts=${layout}`;
}
