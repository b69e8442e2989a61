import { box, words } from "../movie.ts";

/**
 * A QuickTime movie of a second of 16-bit PCM, written box by box; whole and honest but for what a
 * test replaces.
 */
export type SoundMovie = {
	/** The one entry of `dref`: where the samples are. By default in the movie itself. */
	reference?: Buffer;
	sampleRateHz?: number;
	channels?: number;
	/** Boxes that replace those of the same type. */
	stbl?: Record<string, Buffer>;
};

const RATE_HZ = 8_000;
const BYTES = 2 * RATE_HZ;

export function soundMovie(change: SoundMovie = {}): Buffer {
	const ftyp = box("ftyp", Buffer.from("qt  "), words(0), Buffer.from("qt  "));
	const samples = Buffer.alloc(BYTES);
	for (let at = 0; at < RATE_HZ; at++) {
		samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * 440 * at) / RATE_HZ)), 2 * at);
	}
	// What is elsewhere is not here. There anybody's file would do: all bytes are samples.
	const mdat = change.reference ? Buffer.alloc(0) : box("mdat", samples);
	return Buffer.concat([ftyp, mdat, movieBox(change, ftyp.length + 8)]);
}

function movieBox(change: SoundMovie, samplesAt: number): Buffer {
	const { sampleRateHz = RATE_HZ, channels = 1 } = change;
	const reference = change.reference ?? box("url ", words(1));
	const entry = Buffer.alloc(28);
	entry.writeUInt16BE(1, 6);
	entry.writeUInt16BE(channels, 16);
	entry.writeUInt16BE(16, 18);
	entry.writeUInt32BE((sampleRateHz & 0xffff) * 0x10000, 24);
	const stbl: Record<string, Buffer> = {
		stsd: box("stsd", words(0, 1), box("sowt", entry)),
		stts: box("stts", words(0, 1, RATE_HZ, 1)),
		stsc: box("stsc", words(0, 1, 1, RATE_HZ, 1)),
		stsz: box("stsz", words(0, 2, RATE_HZ)),
		stco: box("stco", words(0, 1, samplesAt)),
		...change.stbl,
	};
	const handler = (type: string) => box("hdlr", words(0), Buffer.from(type), Buffer.alloc(13));
	const mvhd = Buffer.alloc(100);
	mvhd.writeUInt32BE(RATE_HZ, 12);
	mvhd.writeUInt32BE(RATE_HZ, 16);
	const tkhd = Buffer.alloc(84);
	tkhd.writeUInt32BE(1, 0);
	tkhd.writeUInt32BE(1, 12);
	tkhd.writeUInt32BE(RATE_HZ, 20);
	const media = box(
		"mdia",
		box("mdhd", words(0, 0, 0, RATE_HZ, RATE_HZ, 0)),
		handler("mhlrsoun"),
		box(
			"minf",
			box("smhd", words(0, 0)),
			handler("dhlrurl "),
			box("dinf", box("dref", words(0, 1), reference)),
			box("stbl", ...Object.values(stbl)),
		),
	);
	return box("moov", box("mvhd", mvhd), box("trak", box("tkhd", tkhd), media));
}
