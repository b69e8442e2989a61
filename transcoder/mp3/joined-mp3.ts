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
			this.#header ??= await this.#begin(frame, packed);
			this.#header.noteFrame(packed.sizeBytes, packed.bitrateKbps);
			if (this.#packer.completeBytes >= WRITE_BYTES) await this.#writeComplete(this.#header);
		}
	}

	/**
	 * Without any frame the file stays empty.
	 * @param samples that the encoders got, of each channel, without what they got twice.
	 */
	async end(samples: number): Promise<void> {
		if (!this.#header) return;
		this.#packer.end();
		await this.#writeComplete(this.#header);
		await writeAt(this.#file, this.#header.finish(samples), 0);
	}

	async #begin({ word, format }: WholeFrame, { bitrateKbps }: PackedFrame): Promise<XingHeader> {
		const first = { word, format, bitrateKbps };
		const header = new XingHeader(first, this.#constantKbps ?? 0, this.#encoder);
		await this.#write(header.placeholder);
		return header;
	}

	async #writeComplete(header: XingHeader): Promise<void> {
		const frames = this.#packer.take();
		header.noteMusic(frames);
		await this.#write(frames);
	}

	async #write(bytes: Buffer): Promise<void> {
		await writeAt(this.#file, bytes, this.#writtenBytes);
		this.#writtenBytes += bytes.length;
	}
}
