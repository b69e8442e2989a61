import type { ConversionOptions } from "#contracts/conversion-options.ts";

/**
 * The one sound of a video that is needed, by its place among the sounds; `undefined` when it takes
 * the whole video: to find a language, or for a picture.
 */
export function soundNeeded({ track = 0, coverAtSeconds }: ConversionOptions): number | undefined {
	return typeof track === "number" && coverAtSeconds === undefined ? track : undefined;
}
