import type { ByteRange } from "./byte-range.ts";

/**
 * Ranges in the file's order, those joined that overlap or are no further apart than `gapBytes`:
 * what it takes to read all of `parts`. Pure.
 */
export function coalesce(parts: readonly ByteRange[], gapBytes: number): ByteRange[] {
	const joined: ByteRange[] = [];
	let last: ByteRange | undefined;
	for (const { offset, sizeBytes } of parts.toSorted((a, b) => a.offset - b.offset)) {
		if (last && offset <= last.offset + last.sizeBytes + gapBytes) {
			last.sizeBytes = Math.max(last.sizeBytes, offset + sizeBytes - last.offset);
		} else {
			last = { offset, sizeBytes };
			joined.push(last);
		}
	}
	return joined;
}
