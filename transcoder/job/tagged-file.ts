import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";

/** A tag and the MP3 that it belongs to, as one file that is never put together on disk. */
export async function taggedFile(tag: Buffer, mp3Path: string): Promise<Blob> {
	return new Blob([new Uint8Array(tag), await openAsBlob(mp3Path)]);
}

/** SHA-256 in lower-case hex. */
export async function sha256Of(file: Blob, signal: AbortSignal): Promise<string> {
	const hash = createHash("sha256");
	for await (const bytes of file.stream()) {
		signal.throwIfAborted();
		hash.update(bytes);
	}
	return hash.digest("hex");
}
