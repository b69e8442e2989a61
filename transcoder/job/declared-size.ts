import { open } from "node:fs/promises";
import { INFO_HEADER_BYTES, id3v2Size, readInfoHeader } from "../mp3/info-header.ts";

/**
 * How many bytes a file has to have, by its own account, for its sound to be whole: for the
 * containers of which ffmpeg takes what is there for all there is. `undefined`: the file does not
 * say, or was written before anybody knew.
 */
export async function declaredSizeBytes(
	path: string,
	container: string,
): Promise<number | undefined> {
	const findEnd = END_FINDERS[container];
	if (!findEnd) return undefined;
	await using file = await open(path);
	return await findEnd(async (position, length) => {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
		return buffer.subarray(0, bytesRead);
	});
}

/** Answers fewer bytes than it was asked for where the file ends. */
type Read = (position: number, length: number) => Promise<Buffer>;

const END_FINDERS: Readonly<Record<string, (read: Read) => Promise<number | undefined>>> = {
	avi: (read) => riffEnd(read, "movi"),
	wav: (read) => riffEnd(read, "data"),
	asf: asfEnd,
	mp3: mp3End,
};

/** Sizes from here on stand for one that was not known yet: 2 or 4 GiB, less a header. */
const PLACEHOLDER_BYTES = 0x7fff_f000;

/** Before the media there are a dozen at most; and twelve hours of AVI are a few hundred segments. */
const MAX_CHUNKS = 1_000;

/**
 * Where the chunk with the media ends, in the last segment that has one: the index may be missing.
 * Large AVI files have several segments. OpenDML AVI File Format Extensions, §2
 */
async function riffEnd(read: Read, media: "movi" | "data"): Promise<number | undefined> {
	let end: number | undefined;
	let segmentEnd = 0;
	let position = 0;
	for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
		const header = await read(position, 12);
		if (header.length < 12) return end;
		const id = header.toString("latin1", 0, 4);
		const size = header.readUInt32LE(4);
		const isMedia = (id === "LIST" ? header.toString("latin1", 8, 12) : id) === media;
		if (isMedia) {
			if (size === 0 || size >= PLACEHOLDER_BYTES) return undefined;
			end = position + 8 + size;
		}
		if (id === "RIFF") segmentEnd = position + 8 + size;
		// Into a segment, out of it after its media, and else on to the next chunk, at an even place.
		if (id === "RIFF") position += 12;
		else position = isMedia ? segmentEnd : position + 8 + size + (size & 1);
	}
	return undefined;
}

/** Of the File Properties Object. Advanced Systems Format Specification §3.2 and §10.1 */
const ASF_FILE_PROPERTIES = Buffer.from("a1dcab8c47a9cf118ee400c00c205365", "hex");
const ASF_HEADER_BYTES = 65_536;
const ASF_FIELDS = { fileSize: 40, flags: 88, end: 92 } as const;
const ASF_BROADCAST = 1;

async function asfEnd(read: Read): Promise<number | undefined> {
	const head = await read(0, ASF_HEADER_BYTES);
	const properties = head.indexOf(ASF_FILE_PROPERTIES);
	if (properties < 0 || head.length < properties + ASF_FIELDS.end) return undefined;
	// While it is broadcast, a file has no size.
	if (head.readUInt32LE(properties + ASF_FIELDS.flags) & ASF_BROADCAST) return undefined;
	return Number(head.readBigUInt64LE(properties + ASF_FIELDS.fileSize)) || undefined;
}

async function mp3End(read: Read): Promise<number | undefined> {
	const start = id3v2Size(await read(0, 10));
	const header = readInfoHeader(await read(start, INFO_HEADER_BYTES));
	return header && start + header.offset + header.sizeBytes;
}
