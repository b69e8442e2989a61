import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { MP3_BITRATES_KBPS } from "#contracts/mp3-rates.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";
import { samplesPerFrameAt } from "../mp3/frame-header.ts";
import { type OutputPlan, planConstant } from "./plan-output.ts";

/** An MP3 of at most so many bytes. Pure. */
export type Fit = { maxBytes: number; durationSeconds: number };

/** The header's frame, the encoder's delay and what it flushes at the end. */
const EXTRA_FRAMES = 5;

/** The best constant bitrate that surely fits; `undefined` if none does. */
export function planToFit(
	sound: AudioStream,
	shape: Pick<ConversionOptions, "sampleRateHz" | "channels">,
	{ maxBytes, durationSeconds }: Fit,
): OutputPlan | undefined {
	return MP3_BITRATES_KBPS.toReversed()
		.map((kbps) => planConstant(sound, shape, kbps))
		.find((plan) => largestBytes(plan, durationSeconds) <= maxBytes);
}

/** What a file of constant bitrate can be at most; a varying one has no such bound. */
function largestBytes({ rate, sampleRateHz }: OutputPlan, durationSeconds: number): number {
	if (rate.mode === "vbr") return Number.POSITIVE_INFINITY;
	const samplesPerFrame = samplesPerFrameAt(sampleRateHz);
	const frames = Math.ceil((durationSeconds * sampleRateHz) / samplesPerFrame) + EXTRA_FRAMES;
	const frameBytes = Math.ceil(((samplesPerFrame / 8) * rate.bitrateKbps * 1000) / sampleRateHz);
	return frames * frameBytes;
}
