import type { FileHandle } from "node:fs/promises";

/** All of the bytes: one write may take only some of them. */
export async function writeAt(
	file: FileHandle,
	bytes: Uint8Array,
	position: number,
): Promise<void> {
	for (let written = 0; written < bytes.length; ) {
		const length = bytes.length - written;
		const { bytesWritten } = await file.write(bytes, written, length, position + written);
		written += bytesWritten;
	}
}
