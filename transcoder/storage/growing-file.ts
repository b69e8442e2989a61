import { EventEmitter, once } from "node:events";
import { open } from "node:fs/promises";

const READ_BYTES = 262_144;

export type Growth = {
	/** Of one sound alone, without the picture and what else there is. */
	isSoundAlone: boolean;
	/** So much of it tells what is in it. */
	headBytes: number;
};

/**
 * A file that is written from its start to its end, and read meanwhile: by any number of readers,
 * each at its own pace.
 */
export class GrowingFile {
	readonly #path: string;
	readonly #events = new EventEmitter().setMaxListeners(0);
	#growth: Growth | undefined;
	#sizeBytes = 0;
	#state: "growing" | "whole" | "given up" = "growing";

	constructor(path: string) {
		this.#path = path;
	}

	/** What it is going to be. */
	begin(growth: Growth): void {
		this.#growth = growth;
	}

	/** So many bytes from the start on are there. */
	grow(sizeBytes: number): void {
		// The file is written anew, and need not be what it was.
		if (sizeBytes < this.#sizeBytes) this.giveUp();
		this.#sizeBytes = sizeBytes;
		this.#events.emit("change");
	}

	/** All of it is there. */
	end(): void {
		if (this.#state === "growing") this.#state = "whole";
		this.#events.emit("change");
	}

	/** It will not become whole: whoever reads it is told so. */
	giveUp(): void {
		this.#state = "given up";
		this.#events.emit("change");
	}

	/** Resolves when enough of it is there to look it over. Throws when it is given up. */
	async head(signal: AbortSignal): Promise<Growth> {
		await this.#reach(0, signal);
		if (!this.#growth) throw new Error("the file has grown without a beginning");
		await this.#reach(this.#growth.headBytes, signal);
		return this.#growth;
	}

	/** Resolves when it has grown beyond a size, or to its end. Throws when it is given up. */
	async #reach(sizeBytes: number, signal: AbortSignal): Promise<void> {
		for (;;) {
			signal.throwIfAborted();
			if (this.#state === "given up") throw new Error("the file was given up");
			if (this.#state === "whole" || this.#sizeBytes > sizeBytes) return;
			await once(this.#events, "change", { signal });
		}
	}

	/** All of its bytes, as they come. */
	async *read(signal: AbortSignal): AsyncGenerator<Buffer, void> {
		await this.#reach(0, signal);
		await using file = await open(this.#path);
		for (let position = 0; ; ) {
			await this.#reach(position, signal);
			const length = Math.min(READ_BYTES, this.#sizeBytes - position);
			if (length === 0) return;
			const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
			if (bytesRead === 0) throw new Error("the file is shorter than it should be");
			position += bytesRead;
			yield buffer.subarray(0, bytesRead);
		}
	}
}
