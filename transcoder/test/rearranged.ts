import { type Box, boxAt, boxesIn } from "../mp4/boxes.ts";
import { findSoundTrack } from "../mp4/sound-track.ts";
import { box, words } from "./movie.ts";

/**
 * MP4 files with their index at their end, and in it something else about the first sound than what
 * ffmpeg has written.
 */

/** Positions of 64 bits, as in files beyond 4 GiB. */
export function in64Bits(file: Buffer): Buffer {
	const { beforeMoov, moov, stco, offsets } = parsed(file);
	const positions = Buffer.alloc(offsets.length * 8);
	for (const [chunk, offset] of offsets.entries()) {
		positions.writeBigUInt64BE(BigInt(offset), chunk * 8);
	}
	const co64 = box("co64", words(0, offsets.length), positions);
	return Buffer.concat([beforeMoov, replaced(moov, whole(moov), stco, co64)]);
}

/** The sound's chunks once more, the last one first: it is from there that they are to be played. */
export function backwards(file: Buffer): Buffer {
	const { beforeMoov, moov, stco, offsets, sizes } = parsed(file);
	const chunks = [...offsets].map((offset, chunk) =>
		file.subarray(offset, offset + (sizes[chunk] ?? 0)),
	);
	const media = box("mdat", ...chunks.toReversed());
	let place = beforeMoov.length + media.length;
	for (const [chunk, { length }] of chunks.entries()) {
		place -= length;
		moov.writeUInt32BE(place, stco.body + 8 + chunk * 4);
	}
	return Buffer.concat([beforeMoov, media, moov]);
}

/** What is played of the sound: ten seconds from its middle, then ten from near its start. */
export function editedBack(file: Buffer): Buffer {
	const { beforeMoov, moov, trak } = parsed(file);
	const old = boxAt(moov, trak, "edts", "elst");
	if (!old) throw new Error("the sound has no edit list");
	const [movieTicks, soundTicks, normalSpeed] = [1_000, 44_100, 0x10000];
	const edits = [30, 5].flatMap((from) => [10 * movieTicks, from * soundTicks, normalSpeed]);
	const elst = box("elst", words(0, 2, ...edits));
	return Buffer.concat([beforeMoov, replaced(moov, whole(moov), old, elst)]);
}

/** Every chunk of the sound is the first one. */
export function overAndOver(file: Buffer): Buffer {
	const { beforeMoov, moov, stco, offsets } = parsed(file);
	for (const chunk of offsets.keys()) {
		moov.writeUInt32BE(offsets[0] ?? 0, stco.body + 8 + chunk * 4);
	}
	return Buffer.concat([beforeMoov, moov]);
}

function parsed(file: Buffer) {
	const found = boxesIn(file, 0, file.length)?.at(-1);
	if (found?.type !== "moov") throw new Error("the index is not at the end");
	const beforeMoov = file.subarray(0, found.start);
	const moov = Buffer.from(file.subarray(found.start));
	const track = findSoundTrack(moov, 0);
	if ("surprise" in track) throw new Error(track.surprise);
	const stco = boxAt(moov, track.trak, "mdia", "minf", "stbl", "stco");
	if (!stco) throw new Error("the sound has no positions of 32 bits");
	return { beforeMoov, moov, trak: track.trak, stco, ...track.chunks };
}

function whole(moov: Buffer): Box {
	return { type: "moov", start: 0, body: 8, end: moov.length };
}

/** All that `parent` is, with another box in the place of one of those within. */
function replaced(bytes: Buffer, parent: Box, old: Box, by: Buffer): Buffer {
	if (parent.start === old.start) return by;
	if (old.start < parent.start || old.end > parent.end) {
		return bytes.subarray(parent.start, parent.end);
	}
	const children = boxesIn(bytes, parent.body, parent.end) ?? [];
	return box(parent.type, ...children.map((child) => replaced(bytes, child, old, by)));
}
