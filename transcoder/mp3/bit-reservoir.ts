import { type FrameFormat, frameBytes, HEADER_BYTES, withBitrate } from "./frame-header.ts";
import type { WholeFrame } from "./main-data.ts";
import { setMainDataBegin } from "./side-information.ts";

/**
 * What every decoder can hold: a frame and the main data before it. LAME keeps to the same bound
 * (its `MDB_DEFAULT`).
 */
const DECODER_BUFFER_BYTES = 1440;

export type PackedFrame = {
	bitrateKbps: number;
	sizeBytes: number;
	/** The bytes of the frames that are complete now. */
	complete: Buffer[];
};

/**
 * Builds the bit reservoir anew, across frames that were encoded without one.
 *
 * A frame's main data need not lie in the frame: it may begin in what earlier frames have left
 * over (`main_data_begin`). Frames encoded with `-reservoir 0` stand alone, so that lanes can be
 * joined anywhere, but each wastes what its bitrate leaves over. Here each frame gets the lowest
 * bitrate that will do with what is left over before it, and its main data moves there. No bit of
 * the main data changes, so it decodes to the same samples.
 */
export class ReservoirPacker {
	/** Main data bytes that earlier frames have left over, ending where the next frame's share begins. */
	#leftOver = 0;
	/** Frames whose share of main data is not full yet, oldest first. */
	readonly #open: { head: Buffer; share: Buffer; filled: number }[] = [];

	/** Takes the next frame; answers what has become of it. */
	add({ word, format, head: before, mainData }: WholeFrame): PackedFrame {
		const head = Buffer.from(before);
		const { bitrateKbps, shareBytes, begin } = this.#choose(format, mainData.length);
		head.writeUInt32BE(withBitrate(word, format, bitrateKbps));
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
		for (const bitrateKbps of format.bitratesKbps) {
			const total = frameBytes(format, bitrateKbps);
			const shareBytes = total - HEADER_BYTES - format.sideInformationBytes;
			const begin = Math.max(
				0,
				Math.min(this.#leftOver, format.maxMainDataBegin, DECODER_BUFFER_BYTES - total),
			);
			if (shareBytes >= 0 && begin + shareBytes >= size) return { bitrateKbps, shareBytes, begin };
		}
		throw new Error("a frame that fits no bitrate");
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
