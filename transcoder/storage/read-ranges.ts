import { type Failure, type Result, succeeded } from "../job/result.ts";
import {
	FIRST_UNDER_WAY_BYTES,
	RANGE_PIECE_BYTES,
	RANGES_AT_ONCE,
	UNDER_WAY_BYTES,
} from "../limits.ts";
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
 *
 * What is under way at a time begins small, or all of it would come at once and the first of it no
 * sooner than the last, and grows with what has come (as TCP's slow start, RFC 5681).
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
	let next = pieces.next();
	/** Being read, the first one first. */
	const open = new Map<ByteRange, Promise<void>>();
	let openBytes = 0;
	let windowBytes = FIRST_UNDER_WAY_BYTES;
	let taken = 0;

	const hasRoom = ({ sizeBytes }: ByteRange) =>
		open.size === 0 || (open.size < RANGES_AT_ONCE && openBytes + sizeBytes <= windowBytes);
	const readPiece = async (piece: ByteRange) => {
		const keepPiece: Keep = (bytes, position) => keep(bytes, piece.offset + position);
		const read = await reader.read(piece, keepPiece, reading).finally(() => {
			open.delete(piece);
			openBytes -= piece.sizeBytes;
		});
		if ("surprise" in read || !read.ok) {
			stopped ??= read;
			return ended.abort();
		}
		windowBytes = Math.min(UNDER_WAY_BYTES, windowBytes + piece.sizeBytes);
		const [oldest] = open.keys();
		onFront?.(oldest?.offset ?? taken);
		doneBytes += piece.sizeBytes;
		onProgress(doneBytes / totalBytes);
	};
	while (!ended.signal.aborted && (!next.done || open.size > 0)) {
		while (!next.done && hasRoom(next.value)) {
			const piece = next.value;
			taken = piece.offset + piece.sizeBytes;
			openBytes += piece.sizeBytes;
			open.set(
				piece,
				readPiece(piece).catch((error) => ended.abort(error)),
			);
			next = pieces.next();
		}
		await Promise.race(open.values());
	}
	// Waits for all, whatever ends them: after that nothing is written any more.
	await Promise.all(open.values());
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
