import type { FileHandle } from "node:fs/promises";
import type { Frame } from "./cut-frames.ts";
import { type FrameFormat, HEADER_BYTES, hasChecksum } from "./frame-header.ts";
import { type Gapless, type Told, tell, type Unheard } from "./gapless.ts";
import { Mp3Writer } from "./mp3-writer.ts";
import { mainDataBegin } from "./side-information.ts";
import { silentFrame } from "./silent-frame.ts";
import { XingHeader } from "./xing-header.ts";

/** These frames do not make an MP3 that sounds as they did where they come from. */
export class NotCopied extends Error {}

/**
 * As ffmpeg signs what it has not encoded itself. Players heed what is told of delay and padding
 * only beside a name that they know.
 */
const SIGNED = "Lavf";

const PLAY_ALL: Told = { silentFrames: 0, gapless: undefined };

/** Bytes between the header and the side information of a frame that has a checksum. */
const CHECKSUM_BYTES = 2;

/**
 * Frames as they are, byte by byte, as an MP3 file with a header of its own. Throws `NotCopied`
 * where they are of more than one sample rate or number of channels.
 */
export class CopiedMp3 {
	readonly #file: FileHandle;
	readonly #unheard: Unheard;
	#parts:
		| { format: FrameFormat; header: XingHeader; writer: Mp3Writer; gapless: Gapless | undefined }
		| undefined;
	#frames = 0;

	constructor(file: FileHandle, unheard: Unheard) {
		this.#file = file;
		this.#unheard = unheard;
	}

	/** Those that were copied. */
	get frames(): number {
		return this.#frames;
	}

	/** Of each of them; 0 before the first. */
	get samplesPerFrame(): number {
		return this.#parts?.format.samplesPerFrame ?? 0;
	}

	get frameSeconds(): number {
		return this.samplesPerFrame / (this.#parts?.format.sampleRateHz ?? 1);
	}

	/** So far; without what is still to be written. */
	get writtenBytes(): number {
		return this.#parts?.writer.writtenBytes ?? 0;
	}

	async add(frames: readonly Frame[]): Promise<void> {
		for (const frame of frames) {
			this.#parts ??= await this.#begin(frame);
			const { format, header, writer } = this.#parts;
			const { sampleRateHz, channels } = frame.format;
			if (format.sampleRateHz !== sampleRateHz || format.channels !== channels) {
				throw new NotCopied("the sound changes on the way");
			}
			header.noteFrame(frame.sizeBytes, frame.bitrateKbps);
			await writer.add([frame.bytes]);
			this.#frames += 1;
		}
	}

	/** Without any frame the file stays empty. */
	async end(): Promise<void> {
		if (!this.#parts) return;
		const { gapless, writer } = this.#parts;
		await writer.end(gapless && { encoder: SIGNED, ...gapless });
	}

	async #begin(first: Frame) {
		const { format, bitrateKbps } = first;
		const { silentFrames, gapless } = this.#tell(first);
		const header = new XingHeader(first, bitrateKbps);
		const writer = new Mp3Writer(this.#file, header);
		if (silentFrames > 0) {
			const silence = silentFrame(first, bitrateKbps);
			header.noteFrame(silence.length, bitrateKbps);
			await writer.add([silence]);
		}
		return { format, header, writer, gapless };
	}

	#tell({ word, format, bytes }: Frame): Told {
		const told = tell(this.#unheard, format.samplesPerFrame);
		if (!told) throw new NotCopied("more is to be left out than can be told");
		const side = bytes.subarray(HEADER_BYTES + (hasChecksum(word) ? CHECKSUM_BYTES : 0));
		// Else a silent frame would be taken for a part of this one.
		if (told.silentFrames === 0 || mainDataBegin(side, format) === 0) return told;
		const { startSamples, endSamples } = this.#unheard;
		if (startSamples > 0 || endSamples > format.samplesPerFrame) {
			throw new NotCopied("nothing fits before a frame that begins in the one before it");
		}
		// A few milliseconds of padding at the end do less harm than encoding does.
		return PLAY_ALL;
	}
}
