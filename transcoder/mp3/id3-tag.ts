/**
 * An ID3v2.3 tag: what an MP3 says of itself, in the version that every player reads.
 * Pure: facts in, bytes out. https://id3.org/id3v2.3.0, chapters: https://id3.org/id3v2-chapters-1.0
 */
export type Id3Tag = {
	texts: Partial<Record<TextField, string>>;
	comment?: string | undefined;
	chapters: readonly Chapter[];
	/** A JPEG. */
	cover?: Buffer | undefined;
};

export type Chapter = { startMs: number; endMs: number; title: string };

const TEXT_FRAMES = {
	title: "TIT2",
	artist: "TPE1",
	album: "TALB",
	albumArtist: "TPE2",
	composer: "TCOM",
	genre: "TCON",
	year: "TYER",
	track: "TRCK",
	disc: "TPOS",
	copyright: "TCOP",
} as const;
export type TextField = keyof typeof TEXT_FRAMES;

/** The table of contents counts its chapters in one byte. */
export const MAX_CHAPTERS = 255;

const FRONT_COVER = 3;
/** Top level, and in the order of its entries. */
const CTOC_FLAGS = 0b11;
/** The chapter's place in bytes is not told: times are enough. */
const NO_OFFSET = 0xffff_ffff;

/** Nothing to tell makes no tag at all: an empty buffer. */
export function writeId3Tag({ texts, comment, chapters, cover }: Id3Tag): Buffer {
	const frames: Buffer[] = [];
	for (const [field, id] of Object.entries(TEXT_FRAMES)) {
		const text = texts[field as TextField];
		if (text) frames.push(textFrame(id, text));
	}
	if (comment) frames.push(commentFrame(comment));
	if (chapters.length > 0) frames.push(...chapterFrames(chapters.slice(0, MAX_CHAPTERS)));
	if (cover) frames.push(coverFrame(cover));
	if (frames.length === 0) return Buffer.alloc(0);
	const body = Buffer.concat(frames);
	return Buffer.concat([Buffer.from("ID3\x03\x00\x00", "latin1"), synchsafe(body.length), body]);
}

function frame(id: string, ...parts: Buffer[]): Buffer {
	const body = Buffer.concat(parts);
	const header = Buffer.alloc(10);
	header.write(id, "latin1");
	header.writeUInt32BE(body.length, 4);
	return Buffer.concat([header, body]);
}

function textFrame(id: string, text: string): Buffer {
	return frame(id, Buffer.of(UTF_16), utf16(text));
}

function commentFrame(text: string): Buffer {
	// Language unknown, no description.
	return frame("COMM", Buffer.of(UTF_16), Buffer.from("XXX"), utf16("\0"), utf16(text));
}

function coverFrame(jpeg: Buffer): Buffer {
	const head = Buffer.from(`\0image/jpeg\0${String.fromCharCode(FRONT_COVER)}\0`, "latin1");
	return frame("APIC", head, jpeg);
}

function chapterFrames(chapters: readonly Chapter[]): Buffer[] {
	const id = (index: number) => Buffer.from(`chp${index}\0`, "latin1");
	const contents = frame(
		"CTOC",
		Buffer.from("toc\0", "latin1"),
		Buffer.of(CTOC_FLAGS, chapters.length),
		...chapters.map((_, index) => id(index)),
	);
	const each = chapters.map(({ startMs, endMs, title }, index) => {
		const times = Buffer.alloc(16);
		for (const [at, value] of [startMs, endMs, NO_OFFSET, NO_OFFSET].entries()) {
			times.writeUInt32BE(value, at * 4);
		}
		const name = title ? [textFrame("TIT2", title)] : [];
		return frame("CHAP", id(index), times, ...name);
	});
	return [contents, ...each];
}

const UTF_16 = 1;

function utf16(text: string): Buffer {
	return Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text, "utf16le")]);
}

/** Seven bits a byte, so that nothing in it looks like a frame of sound. */
function synchsafe(size: number): Buffer {
	if (size >= 1 << 28) throw new Error("a tag of 256 MB");
	return Buffer.of((size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127);
}
