import * as z from "zod";

/**
 * What the owner may ask of a conversion, as form fields, query parameters or JSON.
 * Unknown names are refused, so that a misspelt option is an error and not a surprise.
 */
export const conversionOptions = z.strictObject({
	/** LAME VBR: `best` is V0 (~245 kbit/s), `high` V2 (~190 kbit/s), `standard` V4 (~165 kbit/s). */
	quality: z.enum(["best", "high", "standard"]).default("high"),
});

export type ConversionOptions = z.infer<typeof conversionOptions>;
