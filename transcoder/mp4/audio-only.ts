import { MAX_SOUND_RANGES, RANGE_GAP_BYTES } from "../limits.ts";
import type { ByteRange } from "../storage/byte-range.ts";
import { coalesce } from "../storage/coalesce.ts";
import { Packing } from "./packing.ts";
import { findSoundTrack, type SoundTrack } from "./sound-track.ts";
import { type Surprise, surprise } from "./surprise.ts";

/**
 * From a movie's index to the plan of a file that holds only one of its sounds. Pure.
 *
 * The file is `ftyp`, `moov`, `mdat`. `moov` is the source's byte for byte, but for the other
 * tracks, which are left out, and the positions of chunks, which are new: so durations, edit lists
 * and codec settings are what they were. `mdat` is the chunks one after another, as they are
 * played.
 */
export type AudioOnlyPlan = {
	/** All that comes before the first chunk. */
	header: Buffer;
	packing: Packing;
	/**
	 * Parts of the source, apart from each other and in its order, that have all chunks in them; and
	 * the picture in between chunks that are read in one go.
	 */
	ranges: ByteRange[];
};

/** What is read of a movie to know where its sound is. */
export type MovieIndex = {
	/** With their headers. Old QuickTime files have no `ftyp`: then it is empty. */
	ftyp: Buffer;
	moov: Buffer;
	/** The bodies of all `mdat`. */
	media: readonly ByteRange[];
};

/** Every chunk is looked for in all of them. One is usual; QuickTime has made two. */
const MAX_MEDIA_BOXES = 16;

/** @param sound its place among the sounds; 0 is the first. */
export function planAudioOnly(index: MovieIndex, sound: number): AudioOnlyPlan | Surprise {
	const track = findSoundTrack(index.moov, sound);
	if ("surprise" in track) return track;
	if (index.media.length > MAX_MEDIA_BOXES) return surprise("too many mdat");
	const { offsets, sizes } = track.chunks;
	for (const [chunk, offset] of offsets.entries()) {
		const range = { offset, sizeBytes: sizes[chunk] ?? 0 };
		if (!isInside(range, index.media)) return surprise("chunks outside of mdat");
	}
	const packing = Packing.of(track.chunks);
	if ("surprise" in packing) return packing;

	const moov = moovOf(index.moov, track);
	const headerBytes = index.ftyp.length + moov.bytes.length + MDAT_HEADER_BYTES;
	if (!moveChunks(moov, track, packing, headerBytes)) return surprise("stco is too narrow");
	return {
		header: Buffer.concat([index.ftyp, moov.bytes, mdatHeader(packing.sizeBytes)]),
		packing,
		ranges: rangesFor(packing),
	};
}

/** Where that makes too many, more of what lies in between is read. */
function rangesFor(packing: Packing): ByteRange[] {
	for (let gapBytes = RANGE_GAP_BYTES; ; gapBytes *= 2) {
		const ranges = coalesce(packing.chunks(), gapBytes);
		if (ranges.length <= MAX_SOUND_RANGES) return ranges;
	}
}

function isInside({ offset, sizeBytes }: ByteRange, holders: readonly ByteRange[]): boolean {
	return (
		sizeBytes > 0 &&
		holders.some(
			(holder) => offset >= holder.offset && offset + sizeBytes <= holder.offset + holder.sizeBytes,
		)
	);
}

type Moov = { bytes: Buffer; offsetsAt: number };

/** A copy without the other tracks, and where in it the chunks' positions stand. */
function moovOf(source: Buffer, { trak, children, chunks }: SoundTrack): Moov {
	const kept = children.filter((child) => child.type !== "trak" || child === trak);
	const header = Buffer.alloc(8);
	const parts = [header, ...kept.map(({ start, end }) => source.subarray(start, end))];
	const bytes = Buffer.concat(parts);
	bytes.writeUInt32BE(bytes.length, 0);
	bytes.write("moov", 4, "latin1");
	const beforeTrak = kept.slice(0, kept.indexOf(trak));
	const trakAt = beforeTrak.reduce((sum, { start, end }) => sum + end - start, header.length);
	return { bytes, offsetsAt: trakAt + chunks.table.at - trak.start };
}

/** Overwrites the positions; `false` if one of them does not fit in its entry. */
function moveChunks(
	{ bytes, offsetsAt }: Moov,
	{ chunks }: SoundTrack,
	{ places }: Packing,
	headerBytes: number,
): boolean {
	const { entryBytes } = chunks.table;
	for (const [chunk, place] of places.entries()) {
		const moved = headerBytes + place;
		const at = offsetsAt + chunk * entryBytes;
		if (entryBytes === 8) bytes.writeBigUInt64BE(BigInt(moved), at);
		else if (moved <= 0xffff_ffff) bytes.writeUInt32BE(moved, at);
		else return false;
	}
	return true;
}

const MDAT_HEADER_BYTES = 16;

/** Always with a 64-bit size, so that its length does not depend on what it announces. */
function mdatHeader(bodyBytes: number): Buffer {
	const header = Buffer.alloc(MDAT_HEADER_BYTES);
	header.writeUInt32BE(1, 0);
	header.write("mdat", 4, "latin1");
	header.writeBigUInt64BE(BigInt(MDAT_HEADER_BYTES + bodyBytes), 8);
	return header;
}
