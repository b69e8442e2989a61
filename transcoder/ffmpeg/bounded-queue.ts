import { EventEmitter, once } from "node:events";

/** Between one that makes things and one that takes them: whoever is ahead of the other waits. */
export class BoundedQueue<Item> {
	readonly #limit: number;
	readonly #events = new EventEmitter();
	#items: Item[] = [];
	#ended = false;

	/** @param limit how many items are enough: with so many, the maker waits. */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Resolves when there is room for more. Rejects when the signal is aborted. */
	async put(items: readonly Item[], signal: AbortSignal): Promise<void> {
		for (const item of items) this.#items.push(item);
		this.#events.emit("filled");
		while (this.#items.length >= this.#limit) await once(this.#events, "taken", { signal });
	}

	/** Nothing follows. */
	end(): void {
		this.#ended = true;
		this.#events.emit("filled");
	}

	/**
	 * The next items, at least one, or none when nothing follows. Rejects when the signal is aborted.
	 */
	async take(most: number, signal: AbortSignal): Promise<Item[]> {
		while (this.#items.length === 0 && !this.#ended) {
			await once(this.#events, "filled", { signal });
		}
		const taken = this.#items.slice(0, most);
		this.#items = this.#items.slice(most);
		this.#events.emit("taken");
		return taken;
	}
}
