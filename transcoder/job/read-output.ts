import { open } from "node:fs/promises";
import { INFO_HEADER_BYTES, type InfoHeader, readInfoHeader } from "../mp3/info-header.ts";

/** An MP3 that we have made: its size, and what its first frame says of it, if it has one. */
export async function readOutput(
	path: string,
): Promise<{ sizeBytes: number; header: InfoHeader | undefined }> {
	await using file = await open(path);
	const { size: sizeBytes } = await file.stat();
	const { buffer, bytesRead } = await file.read(Buffer.alloc(INFO_HEADER_BYTES), 0);
	return { sizeBytes, header: readInfoHeader(buffer.subarray(0, bytesRead)) };
}
