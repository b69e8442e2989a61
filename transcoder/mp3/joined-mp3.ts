import type { FileHandle } from "node:fs/promises";
import { type PackedFrame, ReservoirPacker } from "./bit-reservoir.ts";
import type { WholeFrame } from "./main-data.ts";
import { Mp3Writer, WRITE_BYTES } from "./mp3-writer.ts";
import { XingHeader } from "./xing-header.ts";

/** libmp3lame's, always: half a granule more than its filters need. */
const DELAY_SAMPLES = 576;

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
	#parts: { header: XingHeader; writer: Mp3Writer } | undefined;

	/**
	 * @param encoder its name, for the header: such as `Lavc61.19`.
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
		return this.#parts?.writer.writtenBytes ?? 0;
	}

	async add(frames: readonly WholeFrame[]): Promise<void> {
		for (const frame of frames) {
			const packed = this.#packer.add(frame);
			this.#parts ??= this.#begin(frame, packed);
			this.#parts.header.noteFrame(packed.sizeBytes, packed.bitrateKbps);
			if (this.#packer.completeBytes >= WRITE_BYTES) {
				await this.#parts.writer.add([this.#packer.take()]);
			}
		}
	}

	/**
	 * Without any frame the file stays empty.
	 * @param samples that the encoders got, of each channel, without what they got twice.
	 */
	async end(samples: number): Promise<void> {
		if (!this.#parts) return;
		const { header, writer } = this.#parts;
		this.#packer.end();
		await writer.add([this.#packer.take()]);
		const paddingSamples = header.samples - DELAY_SAMPLES - samples;
		await writer.end({ encoder: this.#encoder, delaySamples: DELAY_SAMPLES, paddingSamples });
	}

	#begin({ word, format }: WholeFrame, { bitrateKbps }: PackedFrame) {
		const header = new XingHeader({ word, format, bitrateKbps }, this.#constantKbps ?? 0);
		return { header, writer: new Mp3Writer(this.#file, header) };
	}
}
