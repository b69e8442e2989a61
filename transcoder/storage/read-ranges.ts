import { type Failure, type Result, succeeded } from "../job/result.ts";
import { RANGE_PIECE_BYTES, RANGES_AT_ONCE } from "../limits.ts";
import type { Surprise } from "../mp4/surprise.ts";
import type { ByteRange } from "./byte-range.ts";
import type { Keep, RangeReader } from "./range-reader.ts";

export type Destination = {
	/** Gets bytes in any order, with their position in the object. */
	keep: Keep;
	/** All that lies before this position in the object, of what is wanted, has been kept. */
	onFront?: (offset: number) => void;
	onProgress: (fraction: number) => void;
};

/**
 * Many ranges, in the object's order, cut into pieces, several at a time and the first ones first.
 * The first that cannot be had ends them all.
 */
export async function readRanges(
	reader: RangeReader,
	ranges: readonly ByteRange[],
	{ keep, onFront, onProgress }: Destination,
	signal: AbortSignal,
): Promise<Result<void> | Surprise> {
	const totalBytes = ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
	let doneBytes = 0;
	let stopped: Failure | Surprise | undefined;
	const ended = new AbortController();
	const reading = AbortSignal.any([signal, ended.signal]);

	const pieces = piecesOf(ranges);
	/** Being read, the first one first. */
	const open = new Set<ByteRange>();
	let taken = 0;
	const takeTurns = async () => {
		for (const piece of pieces) {
			open.add(piece);
			taken = piece.offset + piece.sizeBytes;
			const keepPiece: Keep = (bytes, position) => keep(bytes, piece.offset + position);
			const read = await reader.read(piece, keepPiece, reading);
			if ("surprise" in read || !read.ok) {
				stopped ??= read;
				return ended.abort();
			}
			open.delete(piece);
			const [oldest] = open;
			onFront?.(oldest?.offset ?? taken);
			doneBytes += piece.sizeBytes;
			onProgress(doneBytes / totalBytes);
		}
	};
	// Waits for all turns, whatever ends them: after that nothing is written any more.
	const turns = Array.from({ length: RANGES_AT_ONCE }, takeTurns);
	await Promise.all(turns.map((turn) => turn.catch((error) => ended.abort(error))));
	if (stopped) return stopped;
	ended.signal.throwIfAborted();
	return succeeded(undefined);
}

function* piecesOf(ranges: readonly ByteRange[]): Generator<ByteRange> {
	for (const { offset, sizeBytes } of ranges) {
		for (let done = 0; done < sizeBytes; done += RANGE_PIECE_BYTES) {
			yield { offset: offset + done, sizeBytes: Math.min(RANGE_PIECE_BYTES, sizeBytes - done) };
		}
	}
}
