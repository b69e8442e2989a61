import * as z from "zod";
import { jobError } from "./job-error.ts";

export const sourceFacts = z.strictObject({
	/** ffmpeg's demuxer name, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
	container: z.string().min(1).max(100),
	/** ffmpeg's decoder name, such as `aac`. */
	audioCodec: z.string().min(1).max(100),
	/** The container's: the picture may go on after the sound has ended. */
	durationSeconds: z.number().nonnegative(),
});
export type SourceFacts = z.infer<typeof sourceFacts>;

export const outputFacts = z.strictObject({
	codec: z.literal("mp3"),
	/** `copy`: the source's own MP3, untouched. Else LAME's, at a varying or a constant bitrate. */
	encoding: z.enum(["copy", "vbr", "cbr"]),
	/** Less was encoded than was asked for, because the source holds no more than that. */
	cappedToSource: z.boolean(),
	/** Of the whole file, its tag included. */
	sizeBytes: z.int().positive(),
	sha256: z.string().regex(/^[0-9a-f]{64}$/),
	/** Of the sound that players play: without the silence that MP3 encoders put around it. */
	durationSeconds: z.number().nonnegative(),
	/** The average over the sound, in kbit/s (1000 bits). */
	bitrateKbps: z.number().positive(),
	sampleRateHz: z.int().positive(),
	channels: z.int().positive(),
	/** The highest sample, in dB below full scale: 0 or less. Absent when nothing was decoded. */
	peakDbfs: z.number().max(0).optional(),
	/** Integrated loudness by EBU R128. Only if it was asked for. */
	loudnessLufs: z.number().optional(),
});
export type OutputFacts = z.infer<typeof outputFacts>;

/** How an attempt ended, as the transcoder settles it on the control URL and D1 keeps it. */
export const conversionOutcome = z.discriminatedUnion("type", [
	z.strictObject({ type: z.literal("converted"), source: sourceFacts, output: outputFacts }),
	z.strictObject({ type: z.literal("failed"), error: jobError }),
]);
export type ConversionOutcome = z.infer<typeof conversionOutcome>;
