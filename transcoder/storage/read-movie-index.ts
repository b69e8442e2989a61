import { type Result, succeeded } from "../job/result.ts";
import { MAX_INDEX_WINDOWS, MAX_MOOV_BYTES } from "../limits.ts";
import type { MovieIndex } from "../mp4/audio-only.ts";
import { BOX_HEADER_BYTES, readBoxHeader } from "../mp4/boxes.ts";
import { type Surprise, surprise } from "../mp4/surprise.ts";
import type { ByteRange } from "./byte-range.ts";
import type { RangeReader } from "./range-reader.ts";
import { readRanges } from "./read-ranges.ts";

/**
 * The index of an MP4 or QuickTime file, wherever in the file it is. The boxes of the top level are
 * walked over by their headers to the file's end, so that all there is has been accounted for; of
 * their bodies only `ftyp` and `moov` are read.
 */

/** Headers are read together with what follows them: all of a short film's `moov`, for one. */
const WINDOW_BYTES = 65_536;

/** Brands of four characters each, and never many. */
const MAX_FTYP_BYTES = 4_096;

/** What may stand beside the media and means nothing to its sound. */
const IGNORED = new Set(["free", "skip", "wide", "uuid"]);

export async function readMovieIndex(
	reader: RangeReader,
	sizeBytes: number,
	signal: AbortSignal,
): Promise<Result<MovieIndex> | Surprise> {
	const view = createView(reader, sizeBytes, signal);
	const media: ByteRange[] = [];
	let ftyp: Buffer = Buffer.alloc(0);
	let moov: Buffer | undefined;

	for (let offset = 0; offset < sizeBytes; ) {
		const head = await view({ offset, sizeBytes: Math.min(BOX_HEADER_BYTES, sizeBytes - offset) });
		if ("surprise" in head || !head.ok) return head;
		const header = readBoxHeader(head.value, 0, sizeBytes - offset);
		if (!header) return surprise("not made of boxes");
		const box = { offset, sizeBytes: header.sizeBytes };

		if (header.type === "mdat") {
			const bodyBytes = header.sizeBytes - header.headerBytes;
			media.push({ offset: offset + header.headerBytes, sizeBytes: bodyBytes });
		} else if (header.type === "ftyp") {
			if (offset > 0 || box.sizeBytes > MAX_FTYP_BYTES) return surprise("unusual ftyp");
			const read = await view(box);
			if ("surprise" in read || !read.ok) return read;
			ftyp = read.value;
		} else if (header.type === "moov") {
			if (moov || box.sizeBytes > MAX_MOOV_BYTES) return surprise("unusual moov");
			const read = await view(box);
			if ("surprise" in read || !read.ok) return read;
			moov = read.value;
		} else if (!IGNORED.has(header.type)) {
			return surprise("unknown box");
		}
		offset += header.sizeBytes;
	}
	return moov ? succeeded({ ftyp, moov, media }) : surprise("no moov");
}

/** Reads bytes here and there, most of them from what was read around the ones before. */
function createView(reader: RangeReader, fileBytes: number, signal: AbortSignal) {
	let window = { offset: 0, bytes: Buffer.alloc(0) };
	let windows = 0;

	return async ({ offset, sizeBytes }: ByteRange): Promise<Result<Buffer> | Surprise> => {
		const inWindow = (from: number) => window.bytes.subarray(from, from + sizeBytes);
		const from = offset - window.offset;
		if (from >= 0 && from + sizeBytes <= window.bytes.length) return succeeded(inWindow(from));

		if (windows++ === MAX_INDEX_WINDOWS) return surprise("an index in too many places");
		const wanted = Math.min(Math.max(sizeBytes, WINDOW_BYTES), fileBytes - offset);
		const bytes = Buffer.alloc(wanted);
		const destination = {
			keep: (part: Uint8Array, position: number) => bytes.set(part, position - offset),
			onProgress: () => {},
		};
		const range = { offset, sizeBytes: wanted };
		const read = await readRanges(reader, [range], destination, signal);
		if ("surprise" in read || !read.ok) return read;
		window = { offset, bytes };
		return succeeded(inWindow(0));
	};
}
