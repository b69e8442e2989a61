import { createHash } from "node:crypto";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionId } from "#contracts/ids.ts";

/*
 * What makes two requests with one Idempotency-Key the same. In hex.
 */

/** Of uploads: the file, its name, and the fields around it in whatever order. */
export const uploadFingerprint = (
	fields: ReadonlyMap<string, string>,
	filename: string,
	sha256: string,
): string => digest([sorted(fields), filename, sha256]);

/** Of resumable uploads that are begun: the length, and the metadata in whatever order. */
export const creationFingerprint = (
	lengthBytes: number,
	metadata: Record<string, string | null>,
): string => digest(["uploads", lengthBytes, sorted(Object.entries(metadata))]);

/** Of further tries: which conversion, and the options if they are to differ. */
export const retryFingerprint = (
	id: ConversionId,
	options: ConversionOptions | undefined,
): string => digest(["retry", id, options ?? null]);

const sorted = <Value>(entries: Iterable<[string, Value]>): [string, Value][] =>
	[...entries].sort(([one], [other]) => (one < other ? -1 : 1));

const digest = (said: unknown[]): string =>
	createHash("sha256").update(JSON.stringify(said)).digest("hex");
