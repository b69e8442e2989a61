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

export type PackedFrame = {
	bitrateKbps: number;
	sizeBytes: number;
	/** The bytes of the frames that are complete now. */
	complete: Buffer[];
};

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
	/** Frames whose share of main data is not full yet, oldest first. */
	readonly #open: { head: Buffer; share: Buffer; filled: number }[] = [];

	/** @param constantKbps of all frames, as far as their main data lets them; default: the lowest. */
	constructor(constantKbps?: number) {
		this.#constantKbps = constantKbps;
	}

	/** Takes the next frame; answers what has become of it. */
	add({ word, format, head: before, mainData }: WholeFrame): PackedFrame {
		const head = Buffer.from(before);
		const chosen = this.#choose(format, mainData.length);
		const { bitrateKbps, paddingBytes, shareBytes, begin } = chosen;
		head.writeUInt32BE(withBitrate(word, format, bitrateKbps, paddingBytes));
		setMainDataBegin(head.subarray(HEADER_BYTES), format, begin);

		this.#skip(this.#leftOver - begin);
		this.#open.push({ head, share: Buffer.alloc(shareBytes), filled: 0 });
		this.#fill(mainData);
		this.#leftOver = begin + shareBytes - mainData.length;
		return { bitrateKbps, sizeBytes: head.length + shareBytes, complete: this.#complete() };
	}

	/** The frames that are still open: what is left over in them stays empty. */
	end(): Buffer[] {
		return this.#open.splice(0).flatMap(({ head, share }) => [head, share]);
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

	/** Leaves empty what may not be used: it lies too far back. */
	#skip(count: number): void {
		this.#advance(count, () => {});
	}

	#fill(mainData: Buffer): void {
		let copied = 0;
		this.#advance(mainData.length, (space) => {
			mainData.copy(space, 0, copied, copied + space.length);
			copied += space.length;
		});
	}

	/** Walks over the next free bytes of the open frames' shares. */
	#advance(count: number, visit: (space: Buffer) => void): void {
		let rest = count;
		for (const frame of this.#open) {
			if (rest === 0) return;
			const taken = Math.min(rest, frame.share.length - frame.filled);
			visit(frame.share.subarray(frame.filled, frame.filled + taken));
			frame.filled += taken;
			rest -= taken;
		}
		if (rest > 0) throw new Error("main data beyond the last frame");
	}

	#complete(): Buffer[] {
		const firstOpen = this.#open.findIndex(({ share, filled }) => filled < share.length);
		const count = firstOpen === -1 ? this.#open.length : firstOpen;
		return this.#open.splice(0, count).flatMap(({ head, share }) => [head, share]);
	}
}
