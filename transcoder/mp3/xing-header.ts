import { crc16 } from "./crc-16.ts";
import { type FrameFormat, frameBytes, withBitrate } from "./frame-header.ts";
import { ALL_FIELDS, INFO_FIELDS, infoOffset } from "./info-header.ts";

/** libmp3lame's, always: half a granule more than its filters need. */
const DELAY_SAMPLES = 576;

/** Twelve bits. */
const MOST_PADDING_SAMPLES = 4_095;

/** The version, no layer but III and no CRC, and the sample rate: what all frames share. */
const COMMON_BITS = 0xffff0c00;
const MONO_BITS = 0xc0;

/**
 * The first frame of an MP3 that we put together ourselves, as ffmpeg writes it: length, seek
 * table, delay and padding, checksums. (info-header.ts reads it.)
 */
export class XingHeader {
	readonly #frame: Buffer;
	readonly #format: FrameFormat;
	readonly #info: number;
	readonly #encoder: string;
	readonly #bitrateKbps: number;
	/** Of the frames of sound. Twelve hours have less than two million. */
	readonly #sizes: number[] = [];
	#isVarying = false;
	#musicCrc = 0;

	/**
	 * @param first of the frames of sound.
	 * @param leastKbps for the header's own frame, which takes the lowest bitrate that holds it.
	 * @param encoder such as `Lavc61.19`; nine characters at most.
	 */
	constructor(
		first: { word: number; format: FrameFormat; bitrateKbps: number },
		leastKbps: number,
		encoder: string,
	) {
		const { word, format, bitrateKbps } = first;
		this.#format = format;
		this.#encoder = encoder;
		this.#bitrateKbps = bitrateKbps;
		this.#info = infoOffset(format);
		const fitting = format.bitratesKbps.find(
			(kbps) => kbps >= leastKbps && frameBytes(format, kbps) >= this.#info + INFO_FIELDS.end,
		);
		if (fitting === undefined) throw new Error("a header that fits no frame");
		const mode = format.channels === 1 ? MONO_BITS : 0;
		this.#frame = Buffer.alloc(frameBytes(format, fitting));
		this.#frame.writeUInt32BE((withBitrate(word & COMMON_BITS, format, fitting) | mode) >>> 0);
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

	/**
	 * The finished header, in place of the placeholder.
	 * @param samples that the encoder got, of each channel.
	 */
	finish(samples: number): Buffer {
		const frame = this.#frame;
		const field = (name: keyof typeof INFO_FIELDS) => this.#info + INFO_FIELDS[name];
		const frames = this.#sizes.length;
		const paddingSamples = frames * this.#format.samplesPerFrame - DELAY_SAMPLES - samples;
		if (paddingSamples < 0 || paddingSamples > MOST_PADDING_SAMPLES) {
			throw new Error(`${frames} frames for ${samples} samples`);
		}
		const sizeBytes = this.#sizes.reduce((sum, size) => sum + size, frame.length);

		frame.write(this.#isVarying ? "Xing" : "Info", this.#info, "latin1");
		frame.writeUInt32BE(ALL_FIELDS, field("flags"));
		frame.writeUInt32BE(frames, field("frames"));
		frame.writeUInt32BE(sizeBytes, field("bytes"));
		this.#writeSeekTable(frame.subarray(field("seekTable"), field("seekTable") + 100), sizeBytes);
		frame.write(this.#encoder, field("encoder"), "latin1");
		frame.writeUIntBE((DELAY_SAMPLES << 12) | paddingSamples, field("delayAndPadding"), 3);
		frame.writeUInt32BE(sizeBytes, field("musicLength"));
		frame.writeUInt16BE(this.#musicCrc, field("musicCrc"));
		frame.writeUInt16BE(crc16(frame.subarray(0, field("tagCrc"))), field("tagCrc"));
		return frame;
	}

	/** For each percent of the time, where in the file it is, in 256ths. */
	#writeSeekTable(table: Buffer, fileBytes: number): void {
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
