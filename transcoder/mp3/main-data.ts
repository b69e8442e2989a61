import type { Frame } from "./cut-frames.ts";
import { type FrameFormat, HEADER_BYTES } from "./frame-header.ts";
import { mainDataBegin, mainDataBytes } from "./side-information.ts";

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
	/** The main data before the next frame's share, as far back as a frame may reach. */
	#before: Buffer = Buffer.alloc(0);

	/** Takes the next frame. */
	read({ word, format, bytes }: Frame): WholeFrame {
		const headBytes = HEADER_BYTES + format.sideInformationBytes;
		const head = bytes.subarray(0, headBytes);
		const side = head.subarray(HEADER_BYTES);
		const begin = mainDataBegin(side, format);
		const share = bytes.subarray(headBytes);
		const from = this.#before.length - begin;
		if (from < 0) throw new Error("main data that begins before the stream");
		const reach = begin === 0 ? share : Buffer.concat([this.#before.subarray(from), share]);
		const mainData = reach.subarray(0, mainDataBytes(side, format));
		if (mainData.length !== mainDataBytes(side, format)) {
			throw new Error("main data that goes on after its frame");
		}
		const missing = Math.max(0, format.maxMainDataBegin - share.length);
		this.#before = Buffer.concat([
			this.#before.subarray(Math.max(0, this.#before.length - missing)),
			share.subarray(-format.maxMainDataBegin),
		]);
		return { word, format, head, mainData };
	}
}
