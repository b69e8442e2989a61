import type { Frame } from "./cut-frames.ts";
import { type FrameFormat, HEADER_BYTES } from "./frame-header.ts";
import { mainDataBegin, mainDataBits } from "./side-information.ts";

/** A frame with all that belongs to it, wherever in the stream it lay. */
export type WholeFrame = {
	/** The frame's first four bytes. */
	word: number;
	format: FrameFormat;
	/** Header and side information. */
	head: Buffer;
	mainData: Buffer;
};

/** Follows the bit reservoir of one stream, from its first frame on. */
export class MainDataReader {
	/** The last frames' shares of main data, oldest first: as far back as a frame may reach. */
	readonly #shares: Buffer[] = [];
	#heldBytes = 0;

	/** Takes the next frame. */
	read({ word, format, bytes }: Frame): WholeFrame {
		const headBytes = HEADER_BYTES + format.sideInformationBytes;
		const head = bytes.subarray(0, headBytes);
		const side = head.subarray(HEADER_BYTES);
		const share = bytes.subarray(headBytes);
		const bits = mainDataBits(side, format);
		const mainData = this.#gather(mainDataBegin(side, format), share, Math.ceil(bits / 8));
		clearAfter(mainData, bits);
		this.#hold(share, format.maxMainDataBegin);
		return { word, format, head, mainData };
	}

	/** So many bytes, of which so many lie before the frame's own share. */
	#gather(begin: number, share: Buffer, sizeBytes: number): Buffer {
		const from = this.#heldBytes - begin;
		if (from < 0) throw new Error("main data that begins before the stream");
		if (begin + share.length < sizeBytes) throw new Error("main data that goes on after its frame");
		// As a rule: without a reservoir it lies in its own frame.
		if (begin === 0) return share.subarray(0, sizeBytes);
		// Not all that is held would stay in memory for the sake of it, but a copy of its own.
		return Buffer.from(Buffer.concat([...this.#shares, share]).subarray(from, from + sizeBytes));
	}

	#hold(share: Buffer, mostBytes: number): void {
		this.#shares.push(share);
		this.#heldBytes += share.length;
		for (;;) {
			const oldest = this.#shares[0]?.length ?? 0;
			if (this.#heldBytes - oldest < mostBytes) return;
			this.#shares.shift();
			this.#heldBytes -= oldest;
		}
	}
}

/**
 * LAME fills up the last byte with ones and zeros by turns, so that it depends on where the encoder
 * began. Nobody reads them.
 */
function clearAfter(mainData: Buffer, bits: number): void {
	const last = mainData.length - 1;
	if (last >= 0) mainData[last] = (mainData[last] ?? 0) & (0xff << (mainData.length * 8 - bits));
}
