import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { bitratesKbpsAt, MP3_SAMPLE_RATES_HZ } from "#contracts/mp3-rates.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";
import { sourceCapacityKbps } from "./source-capacity.ts";

/** What the MP3 will be. Pure: the source's facts and the owner's wishes in, a plan out. */
export type OutputPlan = {
	sampleRateHz: number;
	channels: 1 | 2;
	rate: Rate;
	/** The source holds less than was asked for. */
	cappedToSource: boolean;
};

export type Rate =
	/** LAME's VBR scale, 0 the best to 9. https://trac.ffmpeg.org/wiki/Encode/MP3 */
	{ mode: "vbr"; quality: number } | { mode: "cbr"; bitrateKbps: number };

/** What LAME's VBR makes of stereo music at 44.1 kHz, in kbit/s, by the scale. */
const VBR_TYPICAL_KBPS = [245, 225, 190, 175, 165, 130, 115, 100, 85, 65];
const MONO_SHARE = 0.55;

const VBR_QUALITY = { best: 0, high: 2, standard: 4 } as const;

const VOICE = { bitrateKbps: 64, sampleRateHz: 24_000, channels: 1 } as const;

/** Stereo sounds worse than mono at so few kbit/s. */
const STEREO_FROM_KBPS = 48;

export function planOutput(sound: AudioStream, options: ConversionOptions): OutputPlan {
	const preset = options.quality === "voice" ? VOICE : undefined;
	const bitrateKbps = options.bitrateKbps ?? preset?.bitrateKbps;
	return bitrateKbps === undefined
		? planVarying(sound, options)
		: planConstant(sound, { ...options, ...wishes(preset, options) }, bitrateKbps);
}

function wishes(preset: typeof VOICE | undefined, options: ConversionOptions) {
	return {
		sampleRateHz: options.sampleRateHz ?? preset?.sampleRateHz,
		channels: options.channels ?? preset?.channels,
	};
}

type Shape = Pick<ConversionOptions, "sampleRateHz" | "channels">;

function planVarying(
	sound: AudioStream,
	{ quality = "high", ...shape }: ConversionOptions,
): OutputPlan {
	const channels = channelsOf(sound, shape);
	const sampleRateHz = shape.sampleRateHz ?? nativeRateHz(sound);
	const asked = VBR_QUALITY[quality === "voice" ? "high" : quality];
	const capacity = sourceCapacityKbps(sound) ?? Number.POSITIVE_INFINITY;
	const share = vbrShare(sampleRateHz, channels);
	const fitting = VBR_TYPICAL_KBPS.findIndex((kbps) => kbps * share <= capacity);
	const lowest = VBR_TYPICAL_KBPS.length - 1;
	const held = Math.max(asked, fitting === -1 ? lowest : fitting);
	return {
		sampleRateHz,
		channels,
		rate: { mode: "vbr", quality: held },
		cappedToSource: held > asked,
	};
}

/** How many kbit/s music will take, more or less. */
export function typicalKbps({ rate, sampleRateHz, channels }: OutputPlan): number {
	if (rate.mode === "cbr") return rate.bitrateKbps;
	return (VBR_TYPICAL_KBPS[rate.quality] ?? 0) * vbrShare(sampleRateHz, channels);
}

/** Of what stereo at 44.1 kHz takes. */
function vbrShare(sampleRateHz: number, channels: 1 | 2): number {
	return (channels === 1 ? MONO_SHARE : 1) * Math.min(1, sampleRateHz / 44_100);
}

/** @param bitrateKbps as asked for; the plan's is this, or what the source and the rate can hold. */
export function planConstant(sound: AudioStream, shape: Shape, bitrateKbps: number): OutputPlan {
	const capacity = sourceCapacityKbps(sound) ?? Number.POSITIVE_INFINITY;
	const wanted = Math.min(bitrateKbps, capacity);
	const channels = shape.channels ?? (wanted < STEREO_FROM_KBPS ? 1 : channelsOf(sound, shape));
	const sampleRateHz =
		shape.sampleRateHz ??
		highestRateHz(Math.min(nativeRateHz(sound), suitableRateHz(wanted, channels)));
	const possible = bitratesKbpsAt(sampleRateHz);
	const held = possible.findLast((kbps) => kbps <= wanted) ?? Math.min(...possible);
	const cappedToSource = held < bitrateKbps && capacity < bitrateKbps;
	return {
		sampleRateHz,
		channels: channels === 1 ? 1 : 2,
		rate: { mode: "cbr", bitrateKbps: held },
		cappedToSource,
	};
}

function channelsOf(sound: AudioStream, shape: Shape): 1 | 2 {
	return (shape.channels ?? sound.channels ?? 2) === 1 ? 1 : 2;
}

/** The source's rate, if MP3 has it; else the one that it is a multiple of, or the next lower. */
function nativeRateHz({ sampleRateHz = 44_100 }: AudioStream): number {
	for (const rate of [48_000, 44_100]) {
		if (sampleRateHz > rate && sampleRateHz % rate === 0) return rate;
	}
	return highestRateHz(sampleRateHz);
}

function highestRateHz(limitHz: number): number {
	return MP3_SAMPLE_RATES_HZ.findLast((rate) => rate <= limitHz) ?? MP3_SAMPLE_RATES_HZ[0];
}

/**
 * With fewer bits the highest sounds are better left out. From LAME's own table (lowpass and
 * sample rate by bitrate, `optimum_bandwidth` and `optimum_samplefreq` in lame.c).
 */
function suitableRateHz(bitrateKbps: number, channels: number): number {
	const steps = channels === 1 ? RATE_BY_MONO_KBPS : RATE_BY_STEREO_KBPS;
	return steps.find(([kbps]) => bitrateKbps <= kbps)?.[1] ?? 48_000;
}

const RATE_BY_MONO_KBPS = [
	[8, 8_000],
	[24, 16_000],
	[32, 22_050],
	[40, 24_000],
	[56, 32_000],
] as const;
const RATE_BY_STEREO_KBPS = [
	[24, 8_000],
	[40, 16_000],
	[48, 22_050],
	[64, 24_000],
	[96, 32_000],
] as const;
