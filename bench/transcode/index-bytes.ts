import { open } from "node:fs/promises";
import { BOX_HEADER_BYTES, readBoxHeader } from "../../transcoder/mp4/boxes.ts";

/** The size of an MP4 file's `moov`, which says where its sound is. */
export async function indexBytes(path: string): Promise<number> {
	await using file = await open(path);
	const { size } = await file.stat();
	for (let offset = 0; offset < size; ) {
		const { buffer } = await file.read(Buffer.alloc(BOX_HEADER_BYTES), 0, BOX_HEADER_BYTES, offset);
		const box = readBoxHeader(buffer, 0, size - offset);
		if (!box) break;
		if (box.type === "moov") return box.sizeBytes;
		offset += box.sizeBytes;
	}
	throw new Error("an MP4 file without an index");
}
