import * as z from "zod";
import { conversionOptions } from "./conversion-options.ts";
import { conversionId } from "./ids.ts";
import { MAX_DURATION_SECONDS } from "./limits.ts";
import { contractVersion } from "./version.ts";

/**
 * Queue `video`, gateway → transcoder: one attempt at one conversion.
 *
 * It carries all that the transcoder may touch: one object to read, one to write and one control
 * URL, each signed, scoped and expiring. The URLs live longer than the queue keeps a message, by as
 * much as an attempt may take, so one that can still be claimed can still be worked on to its end.
 * Treat it as a secret: never log it.
 */
export const videoMessage = z.strictObject({
	v: contractVersion,
	conversionId,
	/** Starts at 1; a higher attempt makes every lower one harmless. */
	attempt: z.int().positive(),
	options: conversionOptions,
	limits: z
		.strictObject({
			/** The longest recording that this user may have converted. */
			maxDurationSeconds: z.int().positive().max(MAX_DURATION_SECONDS),
		})
		.default({ maxDurationSeconds: MAX_DURATION_SECONDS }),
	source: z.strictObject({
		/** Presigned GET of the uploaded video. */
		url: z.url({ protocol: /^https?$/ }),
		sizeBytes: z.int().positive(),
	}),
	target: z.strictObject({
		/** Presigned PUT of the MP3. */
		url: z.url({ protocol: /^https?$/ }),
		/** Headers that the signature covers; send them exactly as they stand. */
		headers: z.record(z.string(), z.string()),
	}),
	control: z.strictObject({
		/** The base of `/claim`, `/progress`, `/settle` and `/release` (control.ts). */
		url: z.url({ protocol: /^https?$/ }),
		/**
		 * Bearer token for this conversion and attempt alone. With it the attempt can be claimed for as
		 * long as the queue keeps the message, and then be settled for as long as one may take.
		 */
		token: z.string().min(1),
	}),
});
export type VideoMessage = z.infer<typeof videoMessage>;
