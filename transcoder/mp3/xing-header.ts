import { crc16 } from "./crc-16.ts";
import { type FrameFormat, frameBytes } from "./frame-header.ts";
import { type Gapless, MOST_TOLD_SAMPLES } from "./gapless.ts";
import { ALL_FIELDS, INFO_FIELDS, infoOffset } from "./info-header.ts";
import { silentFrame } from "./silent-frame.ts";

/** The kind of stereo, copyright, emphasis: ffmpeg leaves them out of the header's own frame. */
const LEFT_OUT_BITS = { 1: 0x0f, 2: 0xcf } as const;

/** The part of the header that LAME has added to Xing's. */
export type LameExtension = Gapless & {
	/** Such as `Lavc61.19`; nine characters at most. */
	encoder: string;
};

/**
 * The first frame of an MP3 that we put together ourselves, as ffmpeg writes it: length, seek
 * table, delay and padding, checksums. (info-header.ts reads it.)
 */
export class XingHeader {
	readonly #frame: Buffer;
	readonly #format: FrameFormat;
	readonly #info: number;
	readonly #bitrateKbps: number;
	/** Of the frames of sound. Twelve hours have less than two million. */
	readonly #sizes: number[] = [];
	#isVarying = false;
	#musicCrc = 0;

	/**
	 * @param first of the frames of sound.
	 * @param leastKbps for the header's own frame, which takes the lowest bitrate that holds it.
	 */
	constructor(
		first: { word: number; format: FrameFormat; bitrateKbps: number },
		leastKbps: number,
	) {
		const { format, bitrateKbps } = first;
		this.#format = format;
		this.#bitrateKbps = bitrateKbps;
		this.#info = infoOffset(format);
		const fitting = format.bitratesKbps.find(
			(kbps) => kbps >= leastKbps && frameBytes(format, kbps) >= this.#info + INFO_FIELDS.end,
		);
		if (fitting === undefined) throw new Error("a header that fits no frame");
		const word = first.word & ~LEFT_OUT_BITS[format.channels];
		this.#frame = silentFrame({ word, format }, fitting);
	}

	/** To be written first, to hold the place. */
	get placeholder(): Buffer {
		return this.#frame;
	}

	/** Notes the next frame of sound, for the length and the seek table. */
	noteFrame(sizeBytes: number, bitrateKbps: number): void {
		this.#sizes.push(sizeBytes);
		if (bitrateKbps !== this.#bitrateKbps) this.#isVarying = true;
	}

	/** Takes the bytes of the sound, in their order. */
	noteMusic(bytes: Uint8Array): void {
		this.#musicCrc = crc16(bytes, this.#musicCrc);
	}

	/** Of the frames so far, in each channel. */
	get samples(): number {
		return this.#sizes.length * this.#format.samplesPerFrame;
	}

	/**
	 * The finished header, in place of the placeholder.
	 * @param extension without it, nothing is told of delay and padding, and players play everything.
	 */
	finish(extension: LameExtension | undefined): Buffer {
		const frame = this.#frame;
		const sizeBytes = this.#sizes.reduce((sum, size) => sum + size, frame.length);
		frame.write(this.#isVarying ? "Xing" : "Info", this.#info, "latin1");
		frame.writeUInt32BE(ALL_FIELDS, this.#at("flags"));
		frame.writeUInt32BE(this.#sizes.length, this.#at("frames"));
		frame.writeUInt32BE(sizeBytes, this.#at("bytes"));
		this.#writeSeekTable(sizeBytes);
		if (extension) this.#writeExtension(extension, sizeBytes);
		return frame;
	}

	#writeExtension({ encoder, delaySamples, paddingSamples }: LameExtension, sizeBytes: number) {
		const isTold = (samples: number) => samples >= 0 && samples <= MOST_TOLD_SAMPLES;
		if (!isTold(delaySamples) || !isTold(paddingSamples)) {
			throw new Error(`a delay of ${delaySamples} samples, a padding of ${paddingSamples}`);
		}
		const frame = this.#frame;
		frame.write(encoder, this.#at("encoder"), "latin1");
		frame.writeUIntBE((delaySamples << 12) | paddingSamples, this.#at("delayAndPadding"), 3);
		frame.writeUInt32BE(sizeBytes, this.#at("musicLength"));
		frame.writeUInt16BE(this.#musicCrc, this.#at("musicCrc"));
		frame.writeUInt16BE(crc16(frame.subarray(0, this.#at("tagCrc"))), this.#at("tagCrc"));
	}

	#at(field: keyof typeof INFO_FIELDS): number {
		return this.#info + INFO_FIELDS[field];
	}

	/** For each percent of the time, where in the file it is, in 256ths. */
	#writeSeekTable(fileBytes: number): void {
		const table = this.#frame.subarray(this.#at("seekTable"), this.#at("seekTable") + 100);
		let [percent, position] = [0, this.#frame.length];
		for (const [index, size] of this.#sizes.entries()) {
			for (; percent < 100 && index * 100 >= percent * this.#sizes.length; percent++) {
				table[percent] = Math.min(255, Math.floor((position * 256) / fileBytes));
			}
			position += size;
		}
		table.fill(255, percent);
	}
}
