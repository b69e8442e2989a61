import type { ByteRange } from "../storage/byte-range.ts";
import type { Chunks } from "./chunks.ts";
import { type Surprise, surprise } from "./surprise.ts";

/** What lies in one piece in the packed file, from one or more parts of the source. */
export type Run = { place: number; parts: Uint8Array[] };

/**
 * A track's chunks put end to end, in the order in which they are played, which need not be the
 * file's: so the packed file can be read from front to back. No byte of the source is in it twice.
 *
 * In arrays of numbers, 20 bytes a chunk: a film that takes turns by the frame has 150 000 an hour.
 */
export class Packing {
	readonly #offsets: Float64Array;
	/** Where each chunk goes, and, after the last, the end. */
	readonly #places: Float64Array;
	readonly #inFileOrder: Uint32Array;
	/** So many chunks, in playing order, are known to have come. */
	#came = 0;

	/** Chunks that share bytes are a surprise: packed, a small file could become any size. */
	static of(chunks: Chunks): Packing | Surprise {
		const packing = new Packing(chunks);
		let end = 0;
		for (const { offset, sizeBytes } of packing.chunks()) {
			if (offset < end) return surprise("chunks overlap");
			end = offset + sizeBytes;
		}
		return packing;
	}

	private constructor({ offsets, sizes }: Chunks) {
		this.#offsets = offsets;
		this.#places = new Float64Array(offsets.length + 1);
		for (const [chunk, size] of sizes.entries()) {
			this.#places[chunk + 1] = this.#placeOf(chunk) + size;
		}
		this.#inFileOrder = Uint32Array.from(offsets.keys());
		const isInOrder = offsets.every((offset, chunk) => offset >= (offsets[chunk - 1] ?? 0));
		if (!isInOrder) this.#inFileOrder.sort((a, b) => this.#offsetOf(a) - this.#offsetOf(b));
	}

	get sizeBytes(): number {
		return this.#placeOf(this.#offsets.length);
	}

	/** Where in the packed file the chunks are, in playing order. */
	get places(): Float64Array {
		return this.#places.subarray(0, -1);
	}

	/** Where in the source the chunks are, in its own order. */
	*chunks(): Generator<ByteRange> {
		for (const chunk of this.#inFileOrder) {
			yield { offset: this.#offsetOf(chunk), sizeBytes: this.#sizeOf(chunk) };
		}
	}

	/** What is to be kept of some bytes of the source. */
	*pick(bytes: Uint8Array, offset: number): Generator<Run> {
		let run: Run | undefined;
		let runEnd = 0;
		for (let at = this.#firstEndingAfter(offset); at < this.#inFileOrder.length; at++) {
			const chunk = this.#inFileOrder[at] ?? 0;
			const start = this.#offsetOf(chunk) - offset;
			if (start >= bytes.length) break;
			const from = Math.max(0, start);
			const part = bytes.subarray(from, start + this.#sizeOf(chunk));
			const place = this.#placeOf(chunk) + from - start;
			if (run && place === runEnd) {
				run.parts.push(part);
			} else {
				if (run) yield run;
				run = { place, parts: [part] };
			}
			runEnd = place + part.length;
		}
		if (run) yield run;
	}

	/**
	 * How much of the packed file is there from its start on, when all of the source has come before
	 * `offset`, which is never less than it was the last time.
	 */
	reach(offset: number): number {
		const hasCome = (chunk: number) => this.#offsetOf(chunk) + this.#sizeOf(chunk) <= offset;
		while (this.#came < this.#offsets.length && hasCome(this.#came)) this.#came++;
		return this.#placeOf(this.#came);
	}

	#offsetOf(chunk: number): number {
		return this.#offsets[chunk] ?? 0;
	}

	#placeOf(chunk: number): number {
		return this.#places[chunk] ?? 0;
	}

	#sizeOf(chunk: number): number {
		return this.#placeOf(chunk + 1) - this.#placeOf(chunk);
	}

	/** By halves, in the file's order. */
	#firstEndingAfter(offset: number): number {
		let [low, high] = [0, this.#inFileOrder.length];
		while (low < high) {
			const middle = (low + high) >>> 1;
			const chunk = this.#inFileOrder[middle] ?? 0;
			if (this.#offsetOf(chunk) + this.#sizeOf(chunk) > offset) high = middle;
			else low = middle + 1;
		}
		return low;
	}
}
