import {
	type FrameFormat,
	frameBytes,
	frameRemainder,
	HEADER_BYTES,
	withBitrate,
} from "./frame-header.ts";
import type { WholeFrame } from "./main-data.ts";
import { setMainDataBegin } from "./side-information.ts";

/** What every decoder can hold: a frame and the main data before it. */
const DECODER_BUFFER_BYTES = 1440;

/** Where LAME stops, and what it counts on at a constant bitrate (7680 bits a granule). */
const LAME_BUFFER_BYTES = 1920;

/** Twice what is written at once, as a rule; it grows if need be. */
const BLOCK_BYTES = 524_288;

export type PackedFrame = {
	bitrateKbps: number;
	sizeBytes: number;
};

/** A frame whose share of main data is not full yet. Positions are the block's. */
type OpenFrame = { at: number; freeFrom: number; end: number };

/**
 * Builds the bit reservoir anew, across frames of several encoders.
 *
 * A frame's main data need not lie in the frame: it may begin in what earlier frames have left
 * over (`main_data_begin`). Here each frame gets the lowest bitrate that will do with what is left
 * over before it, and its main data moves there. No bit of the main data changes, so it decodes to
 * the same samples.
 *
 * Where the bitrate is constant, a lane's encoder has counted on a reservoir of its own. After its
 * lead-in that is as full as the one here, as a rule; if not, a frame that does not fit gets the
 * next bitrate that will do.
 */
export class ReservoirPacker {
	readonly #constantKbps: number | undefined;
	/** What LAME calls its slot lag, in bytes × sample rate. */
	#lag: number | undefined;
	/** Main data bytes that earlier frames have left over, ending where the next frame's share begins. */
	#leftOver = 0;
	/** Frames one after another; free space in them is zero. */
	#block = Buffer.alloc(BLOCK_BYTES);
	#blockBytes = 0;
	/** The last of them, oldest first. */
	readonly #open: OpenFrame[] = [];

	/** @param constantKbps of all frames, as far as their main data lets them; default: the lowest. */
	constructor(constantKbps?: number) {
		this.#constantKbps = constantKbps;
	}

	/** Of the frames that nothing will be added to, and that have not been taken. */
	get completeBytes(): number {
		return this.#open[0]?.at ?? this.#blockBytes;
	}

	/** Takes the next frame; answers what has become of it. */
	add({ word, format, head, mainData }: WholeFrame): PackedFrame {
		const chosen = this.#choose(format, mainData.length);
		const { bitrateKbps, paddingBytes, shareBytes, begin } = chosen;
		const sizeBytes = head.length + shareBytes;
		const at = this.#reserve(sizeBytes);
		const freeFrom = at + head.copy(this.#block, at);
		this.#block.writeUInt32BE(withBitrate(word, format, bitrateKbps, paddingBytes), at);
		setMainDataBegin(this.#block.subarray(at + HEADER_BYTES, freeFrom), format, begin);

		this.#advance(this.#leftOver - begin);
		this.#open.push({ at, freeFrom, end: at + sizeBytes });
		this.#advance(mainData.length, mainData);
		this.#leftOver = begin + shareBytes - mainData.length;
		return { bitrateKbps, sizeBytes };
	}

	/** The complete frames, for good. */
	take(): Buffer {
		const taken = this.#block.subarray(0, this.completeBytes);
		const rest = this.#block.subarray(taken.length, this.#blockBytes);
		this.#block = Buffer.alloc(Math.max(BLOCK_BYTES, rest.length));
		this.#blockBytes = rest.copy(this.#block);
		for (const frame of this.#open) {
			frame.at -= taken.length;
			frame.freeFrom -= taken.length;
			frame.end -= taken.length;
		}
		return taken;
	}

	/** No frame follows: what is left over in the last ones stays empty. */
	end(): void {
		this.#open.length = 0;
	}

	/** The lowest bitrate at which the main data fits into what is left over and the frame itself. */
	#choose(format: FrameFormat, size: number) {
		const constantPadding = this.#nextPadding(format);
		const buffer = this.#constantKbps === undefined ? DECODER_BUFFER_BYTES : LAME_BUFFER_BYTES;
		for (const bitrateKbps of format.bitratesKbps) {
			if (bitrateKbps < (this.#constantKbps ?? 0)) continue;
			const paddingBytes = bitrateKbps === this.#constantKbps ? constantPadding : 0;
			const total = frameBytes(format, bitrateKbps) + paddingBytes;
			const shareBytes = total - HEADER_BYTES - format.sideInformationBytes;
			const begin = Math.max(0, Math.min(this.#leftOver, format.maxMainDataBegin, buffer - total));
			if (shareBytes >= 0 && begin + shareBytes >= size) {
				return { bitrateKbps, paddingBytes, shareBytes, begin };
			}
		}
		throw new Error("a frame that fits no bitrate");
	}

	/**
	 * Whether the next frame of the constant bitrate has a byte more, as some have when it is not a
	 * whole number of bytes: in the order in which LAME does it.
	 */
	#nextPadding(format: FrameFormat): 0 | 1 {
		if (this.#constantKbps === undefined) return 0;
		const remainder = frameRemainder(format, this.#constantKbps);
		this.#lag = (this.#lag ?? remainder) - remainder;
		if (this.#lag >= 0) return 0;
		this.#lag += format.sampleRateHz;
		return 1;
	}

	/** Room for another frame; answers where. */
	#reserve(sizeBytes: number): number {
		const at = this.#blockBytes;
		this.#blockBytes += sizeBytes;
		if (this.#blockBytes > this.#block.length) {
			const larger = Buffer.alloc(2 * this.#blockBytes);
			this.#block.copy(larger);
			this.#block = larger;
		}
		return at;
	}

	/** Fills the next free bytes, or leaves them empty: what lies too far back may not be used. */
	#advance(count: number, mainData?: Buffer): void {
		let done = 0;
		while (done < count) {
			const [frame] = this.#open;
			if (!frame) throw new Error("main data beyond the last frame");
			const free = Math.min(count - done, frame.end - frame.freeFrom);
			mainData?.copy(this.#block, frame.freeFrom, done, done + free);
			frame.freeFrom += free;
			done += free;
			if (frame.freeFrom === frame.end) this.#open.shift();
		}
	}
}
