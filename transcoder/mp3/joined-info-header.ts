import { crc16 } from "./crc-16.ts";
import { ALL_FIELDS, INFO_FIELDS, type InfoHeader, infoOffset } from "./info-header.ts";

/**
 * The Xing header of a stream that was joined from several: what the encoder wrote into the first
 * one, with the numbers of the whole.
 */
export class JoinedInfoHeader {
	readonly #frame: Buffer;
	readonly #xing: number;
	readonly #totalFrames: number;
	readonly #positions: number[] = [];
	#frames = 0;
	#sizeBytes: number;
	#musicCrc = 0;

	/**
	 * @param frame the first part's own header frame, whole.
	 * @param totalFrames audio frames that will be joined.
	 */
	constructor(frame: Buffer, first: InfoHeader, totalFrames: number) {
		this.#frame = Buffer.from(frame);
		this.#xing = infoOffset(first.frame);
		this.#totalFrames = totalFrames;
		this.#sizeBytes = frame.length;
		if (frame.readUInt32BE(this.#xing + INFO_FIELDS.flags) !== ALL_FIELDS) {
			throw new Error("the encoder left out a part of its header");
		}
	}

	/** To be written first, to hold the place. */
	get placeholder(): Buffer {
		return this.#frame;
	}

	/** Notes where the next audio frame begins, for the seek table. */
	noteFrame(sizeBytes: number): void {
		const percent = this.#positions.length;
		if (percent < 100 && this.#frames * 100 >= percent * this.#totalFrames) {
			this.#positions.push(this.#sizeBytes);
		}
		this.#frames += 1;
		this.#sizeBytes += sizeBytes;
	}

	/** Takes the bytes of the audio, in their order. */
	noteMusic(bytes: Uint8Array): void {
		this.#musicCrc = crc16(bytes, this.#musicCrc);
	}

	/** The finished header, in place of the placeholder. */
	finish(delaySamples: number, paddingSamples: number): Buffer {
		const field = (name: keyof typeof INFO_FIELDS) => this.#xing + INFO_FIELDS[name];
		const frame = this.#frame;
		frame.writeUInt32BE(this.#frames, field("frames"));
		frame.writeUInt32BE(this.#sizeBytes, field("bytes"));
		for (let percent = 0; percent < 100; percent++) {
			const position = this.#positions[percent] ?? this.#sizeBytes;
			const scaled = Math.floor((position * 256) / this.#sizeBytes);
			frame[field("seekTable") + percent] = Math.min(255, scaled);
		}
		frame.writeUIntBE((delaySamples << 12) | paddingSamples, field("delayAndPadding"), 3);
		frame.writeUInt32BE(this.#sizeBytes, field("musicLength"));
		frame.writeUInt16BE(this.#musicCrc, field("musicCrc"));
		frame.writeUInt16BE(crc16(frame.subarray(0, field("tagCrc"))), field("tagCrc"));
		return frame;
	}
}
