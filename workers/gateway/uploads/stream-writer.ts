/**
 * Streams bytes of known length into one R2 object, as fast as R2 takes them. Memory is what is on its
 * way. R2 stores nothing unless all of it comes.
 */
export class StreamWriter {
	readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
	readonly #stored: Promise<unknown>;
	#sizeBytes = 0;

	constructor(bucket: R2Bucket, key: string, lengthBytes: number) {
		const { readable, writable } = new FixedLengthStream(lengthBytes);
		this.#writer = writable.getWriter();
		this.#stored = bucket.put(key, readable);
		// The next write or finish reports the error; until then it is not unhandled.
		this.#stored.catch(() => {});
		this.#writer.closed.catch(() => {});
	}

	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	/** Takes bytes; resolves when there is room for more. Throws R2's errors. */
	async write(bytes: Uint8Array): Promise<void> {
		this.#sizeBytes += bytes.byteLength;
		await this.#writer.write(bytes);
	}

	/** Stores the object. Throws R2's errors. */
	async finish(): Promise<void> {
		await this.#writer.close();
		await this.#stored;
	}

	/** Leaves nothing behind. */
	async abort(): Promise<void> {
		await this.#writer.abort().catch(() => {});
		await this.#stored.catch(() => {});
	}
}
