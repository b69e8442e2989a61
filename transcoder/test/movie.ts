import type { MovieIndex } from "../mp4/audio-only.ts";

/**
 * Indexes of movies, written box by box, as no honest program would write them. Without changes
 * they are of ten chunks of one AAC sample of 1000 bytes each, a megabyte apart, with a picture.
 */
export type Movie = {
	/** Boxes that replace those of the same type, or are added if there is none. */
	stbl: Record<string, Buffer>;
	moov: Buffer[];
	dref: Buffer;
	handlers: string[];
	/** The body of each track's edit list; default: it has none. */
	edits: Buffer[];
	media: MovieIndex["media"];
};

export const MOVIE_BYTES = 12_000_000;
const CHUNKS = 10;
/** Of edit lists. */
export const TICKS_PER_SECOND = 600;

/** Where the chunk with this number, from 0, is. */
export const chunkAt = (chunk: number) => 1_000_000 + chunk * 1_000_000;

export function movie(change: Partial<Movie> = {}): MovieIndex {
	const stbl: Record<string, Buffer> = {
		stsd: box("stsd", words(0, 1), box("mp4a", Buffer.alloc(28))),
		stts: box("stts", words(0, 1, CHUNKS, 1024)),
		stsc: box("stsc", words(0, 1, 1, 1, 1)),
		stsz: box("stsz", words(0, 1000, CHUNKS)),
		stco: box("stco", words(0, CHUNKS, ...Array.from({ length: CHUNKS }, (_, at) => chunkAt(at)))),
		...change.stbl,
	};
	const dref = change.dref ?? box("dref", words(0, 1), box("url ", words(1)));
	const tracks = (change.handlers ?? ["vide", "soun", "soun"]).map((handler, track) => {
		const edits = change.edits?.[track];
		return box(
			"trak",
			...(edits ? [box("edts", box("elst", edits))] : []),
			box(
				"mdia",
				box("hdlr", words(0, 0), Buffer.from(handler), Buffer.alloc(12)),
				box("minf", box("dinf", dref), box("stbl", ...Object.values(stbl))),
			),
		);
	});
	const mvhd = box("mvhd", words(0, 0, 0, TICKS_PER_SECOND), Buffer.alloc(84));
	return {
		ftyp: box("ftyp", Buffer.from("isom")),
		moov: box("moov", mvhd, ...tracks, ...(change.moov ?? [])),
		media: change.media ?? [{ offset: 100_000, sizeBytes: MOVIE_BYTES - 100_000 }],
	};
}

export function box(type: string, ...parts: Uint8Array[]): Buffer {
	const body = Buffer.concat(parts);
	const header = Buffer.alloc(8);
	header.writeUInt32BE(8 + body.length);
	header.write(type, 4, "latin1");
	return Buffer.concat([header, body]);
}

/** 32 bits each. */
export function words(...values: number[]): Buffer {
	const bytes = Buffer.alloc(values.length * 4);
	for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4);
	return bytes;
}
