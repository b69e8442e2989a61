import type { FileHandle } from "node:fs/promises";
import { writeAt } from "../storage/write-at.ts";
import type { LameExtension, XingHeader } from "./xing-header.ts";

/** Written at once; a frame is a few hundred bytes. */
export const WRITE_BYTES = 262_144;

/** A file of a header that is finished last, and the frames after it. */
export class Mp3Writer {
	readonly #file: FileHandle;
	readonly #header: XingHeader;
	#pending: Buffer[] = [];
	#pendingBytes = 0;
	#writtenBytes = 0;

	constructor(file: FileHandle, header: XingHeader) {
		this.#file = file;
		this.#header = header;
		this.#hold(header.placeholder);
	}

	/** So far; without what is still to be written. */
	get writtenBytes(): number {
		return this.#writtenBytes;
	}

	/** Takes the bytes of frames, in their order. */
	async add(parts: readonly Buffer[]): Promise<void> {
		for (const part of parts) {
			this.#header.noteMusic(part);
			this.#hold(part);
		}
		if (this.#pendingBytes >= WRITE_BYTES) await this.#write();
	}

	/** Writes what is left, and the header for all of it. */
	async end(extension: LameExtension | undefined): Promise<void> {
		await this.#write();
		await writeAt(this.#file, this.#header.finish(extension), 0);
	}

	#hold(part: Buffer): void {
		this.#pending.push(part);
		this.#pendingBytes += part.length;
	}

	async #write(): Promise<void> {
		await writeAt(this.#file, Buffer.concat(this.#pending), this.#writtenBytes);
		this.#writtenBytes += this.#pendingBytes;
		this.#pending = [];
		this.#pendingBytes = 0;
	}
}
