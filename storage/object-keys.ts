import type { ConversionId } from "#contracts/ids.ts";

/*
 * Where objects stand in R2. Keys are made of ids alone, never of a name a user chose.
 */

/** In bucket `videos`. */
export const videoKey = (id: ConversionId): string => id;

/**
 * In bucket `mp3s`. Each attempt writes its own object, so one that has been superseded can never
 * replace the result of the one that finished.
 */
export const mp3Key = (id: ConversionId, attempt: number): string =>
	`${mp3Prefix(id)}${attempt}.mp3`;

/** All attempts of a conversion, in bucket `mp3s`. */
export const mp3Prefix = (id: ConversionId): string => `${id}/`;
