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
	sizeBytes: z.int().positive(),
	/** Of the sound that players play: without the silence that MP3 encoders put around it. */
	durationSeconds: z.number().nonnegative(),
	/** The average over the file, in kbit/s (1000 bits). */
	bitrateKbps: z.number().positive(),
	sampleRateHz: z.int().positive(),
	channels: z.int().positive(),
});
export type OutputFacts = z.infer<typeof outputFacts>;

/** How an attempt ended, as the transcoder settles it on the control URL and D1 keeps it. */
export const conversionOutcome = z.discriminatedUnion("type", [
	z.strictObject({ type: z.literal("converted"), source: sourceFacts, output: outputFacts }),
	z.strictObject({ type: z.literal("failed"), error: jobError }),
]);
export type ConversionOutcome = z.infer<typeof conversionOutcome>;
