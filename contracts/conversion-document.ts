import * as z from "zod";
import { conversionOptions } from "./conversion-options.ts";
import { outputFacts, sourceFacts } from "./conversion-outcome.ts";
import { conversionPhase, conversionStatus } from "./conversion-status.ts";
import { conversionId } from "./ids.ts";
import { jobError } from "./job-error.ts";

const timestamp = z.iso.datetime();

const link = z.string().nullable();

/** A conversion as its owner sees it: the same on every route, in events and in webhooks. */
export const conversionDocument = z
	.object({
		id: conversionId,
		status: conversionStatus,
		phase: conversionPhase.nullable().describe("What is being done while it is `converting`."),
		progress: z.number().min(0).max(1).describe("Of the whole conversion."),
		speed: z.number().nonnegative().nullable().describe("Seconds of sound encoded in a second."),
		filename: z.string().describe("The video's, made fit to be shown."),
		options: conversionOptions,
		source: z
			.object({
				...sourceFacts.partial().shape,
				sizeBytes: z.int().positive().nullable(),
			})
			.describe("The video. All but its size is known once it has been converted."),
		output: z
			.union([outputFacts, z.null()])
			.describe("The MP3, once there is one; still told when it has expired."),
		error: z.union([jobError, z.null()]).describe("Why there is none."),
		createdAt: timestamp,
		startedAt: timestamp.nullable(),
		finishedAt: timestamp.nullable(),
		expiresAt: timestamp.nullable().describe("When the MP3 is, or was, deleted."),
		links: z
			.object({
				self: z.string(),
				events: z.string().describe("Server-sent events, until it is over."),
				download: link.describe("The MP3, for its owner."),
				link: link.describe("`POST`: a signed link, good for anybody who has it."),
				cancel: link.describe("`POST`: stop it."),
				retry: link.describe("`POST`: try again, with other options if you like."),
			})
			.describe("Null: not to be had in the conversion's present status."),
	})
	.meta({ id: "Conversion" });
export type ConversionDocument = z.infer<typeof conversionDocument>;
