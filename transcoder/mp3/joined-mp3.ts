import type { FileHandle } from "node:fs/promises";
import { writeAt } from "../storage/write-at.ts";
import { type PackedFrame, ReservoirPacker } from "./bit-reservoir.ts";
import type { WholeFrame } from "./main-data.ts";
import { XingHeader } from "./xing-header.ts";

/** Written at once; a frame is a few hundred bytes. */
const WRITE_BYTES = 262_144;

/**
 * Frames from several encoders as one MP3 file that cannot be told from a single encode's: one run
 * of frames, one bit reservoir, one Xing header with the length, seek table, delay and padding of
 * the whole.
 */
export class JoinedMp3 {
	readonly #file: FileHandle;
	readonly #encoder: string;
	readonly #constantKbps: number | undefined;
	readonly #packer: ReservoirPacker;
	#header: XingHeader | undefined;
	#pending: Buffer[] = [];
	#pendingBytes = 0;
	#writtenBytes = 0;

	/**
	 * @param encoder its name, for the header.
	 * @param constantKbps the bitrate, if it is to stay the same.
	 */
	constructor(file: FileHandle, encoder: string, constantKbps: number | undefined) {
		this.#file = file;
		this.#encoder = encoder;
		this.#constantKbps = constantKbps;
		this.#packer = new ReservoirPacker(constantKbps);
	}

	/** So far; without what is still to be written. */
	get writtenBytes(): number {
		return this.#writtenBytes;
	}

	async add(frames: readonly WholeFrame[]): Promise<void> {
		for (const frame of frames) {
			const packed = this.#packer.add(frame);
			this.#header ??= this.#begin(frame, packed);
			this.#header.noteFrame(packed.sizeBytes, packed.bitrateKbps);
			this.#keep(packed.complete);
			if (this.#pendingBytes >= WRITE_BYTES) await this.#write();
		}
	}

	/**
	 * Without any frame the file stays empty.
	 * @param samples that the encoders got, of each channel, without what they got twice.
	 */
	async end(samples: number): Promise<void> {
		this.#keep(this.#packer.end());
		await this.#write();
		if (this.#header) await writeAt(this.#file, this.#header.finish(samples), 0);
	}

	#begin({ word, format }: WholeFrame, { bitrateKbps }: PackedFrame): XingHeader {
		const first = { word, format, bitrateKbps };
		const header = new XingHeader(first, this.#constantKbps ?? 0, this.#encoder);
		this.#pending.push(header.placeholder);
		this.#pendingBytes += header.placeholder.length;
		return header;
	}

	#keep(parts: readonly Buffer[]): void {
		for (const part of parts) {
			this.#header?.noteMusic(part);
			this.#pending.push(part);
			this.#pendingBytes += part.length;
		}
	}

	async #write(): Promise<void> {
		await writeAt(this.#file, Buffer.concat(this.#pending), this.#writtenBytes);
		this.#writtenBytes += this.#pendingBytes;
		this.#pending = [];
		this.#pendingBytes = 0;
	}
}
