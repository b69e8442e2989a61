import { EventEmitter, once } from "node:events";

/** Between one that makes things and one that takes them: whoever is ahead of the other waits. */
export class BoundedQueue<Item extends { count: number }> {
	readonly #limit: number;
	readonly #events = new EventEmitter();
	readonly #items: Item[] = [];
	#count = 0;
	#ended = false;

	/** @param limit how much is enough, by the items' counts: with so much, the maker waits. */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Resolves when there is room for more. Rejects when the signal is aborted. */
	async put(item: Item, signal: AbortSignal): Promise<void> {
		this.#items.push(item);
		this.#count += item.count;
		this.#events.emit("filled");
		while (this.#count >= this.#limit) await once(this.#events, "taken", { signal });
	}

	/** Nothing follows. */
	end(): void {
		this.#ended = true;
		this.#events.emit("filled");
	}

	/** The next item; `undefined` when nothing follows. Rejects when the signal is aborted. */
	async take(signal: AbortSignal): Promise<Item | undefined> {
		while (this.#items.length === 0 && !this.#ended) {
			await once(this.#events, "filled", { signal });
		}
		const item = this.#items.shift();
		this.#count -= item?.count ?? 0;
		this.#events.emit("taken");
		return item;
	}
}
