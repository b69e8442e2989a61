import { type FrameRun, framesOf } from "../mp3/cut-frames.ts";
import { MainDataReader, type WholeFrame } from "../mp3/main-data.ts";
import type { BoundedQueue } from "./bounded-queue.ts";
import { isOfChunk, type Lanes } from "./lanes.ts";

/** What a lane's encoder has made, as it came: objects for each frame would cost more than bytes. */
export type LaneQueue = BoundedQueue<FrameRun>;

/** The frames of one lane's chunks, without what was encoded for their sake. */
export class LaneFrames {
	readonly #lane: number;
	readonly #queue: LaneQueue;
	readonly #lanes: Lanes;
	readonly #reader = new MainDataReader();
	#count = 0;
	#kept: WholeFrame[] = [];

	constructor(lane: number, queue: LaneQueue, lanes: Lanes) {
		this.#lane = lane;
		this.#queue = queue;
		this.#lanes = lanes;
	}

	/** The next ones, at least one, or none when nothing follows. Rejects when the signal is aborted. */
	async take(most: number, signal: AbortSignal): Promise<WholeFrame[]> {
		while (this.#kept.length === 0) {
			const run = await this.#queue.take(signal);
			if (!run) return [];
			for (const frame of framesOf(run)) {
				const whole = this.#reader.read(frame);
				if (isOfChunk(this.#count++, this.#lane, this.#lanes)) this.#kept.push(whole);
			}
		}
		return this.#kept.splice(0, most);
	}
}
