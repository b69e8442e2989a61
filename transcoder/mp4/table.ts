import type { Box } from "./boxes.ts";

/** The entries of a box that is a table: where the first one is, and how many there are. */
export type Table = { at: number; count: number };

/**
 * A table's count stands right before its entries. `undefined`: the box is too short for as many.
 *
 * @param countAt where in the body the count is; 4, after version and flags, in most.
 */
export function readTable(
	bytes: Buffer,
	{ body, end }: Box,
	entryBytes: number,
	countAt = 4,
): Table | undefined {
	const at = body + countAt + 4;
	if (at > end) return undefined;
	const count = bytes.readUInt32BE(at - 4);
	return count * entryBytes <= end - at ? { at, count } : undefined;
}
