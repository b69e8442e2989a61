import type { ByteRange } from "./byte-range.ts";

/**
 * What it takes to read all of `parts`, which are in the file's order and apart from each other:
 * those are joined that are no further apart than `gapBytes`. Pure.
 */
export function coalesce(parts: Iterable<ByteRange>, gapBytes: number): ByteRange[] {
	const joined: ByteRange[] = [];
	let last: ByteRange | undefined;
	for (const { offset, sizeBytes } of parts) {
		if (last && offset <= last.offset + last.sizeBytes + gapBytes) {
			last.sizeBytes = offset + sizeBytes - last.offset;
		} else {
			last = { offset, sizeBytes };
			joined.push(last);
		}
	}
	return joined;
}
