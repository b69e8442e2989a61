import * as z from "zod";

/**
 * A conversion's life:
 * `uploading → queued → converting → done | failed | cancelled | expired`
 * (`converting → queued` again when an attempt is given up). Each step is one compare-and-set
 * UPDATE in db/queries.
 */
export const conversionStatus = z.enum([
	"uploading",
	"queued",
	"converting",
	"done",
	"failed",
	"cancelled",
	"expired",
]);
export type ConversionStatus = z.infer<typeof conversionStatus>;

/** What a transcoder is doing while the status is `converting`. */
export const conversionPhase = z.enum(["probing", "encoding", "storing"]);
export type ConversionPhase = z.infer<typeof conversionPhase>;
