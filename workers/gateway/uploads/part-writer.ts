import { PART_BYTES } from "../limits.ts";

/**
 * Streams bytes of unknown length into one R2 object: a plain put while they fit into one part,
 * else a multipart upload of equal parts. One part is sent while the next one fills, so memory is
 * two parts, whatever the size.
 */
export class PartWriter {
	readonly #bucket: R2Bucket;
	readonly #key: string;
	readonly #onMultipart: (uploadId: string) => Promise<void>;
	#part = new Uint8Array(PART_BYTES);
	#filledBytes = 0;
	#sizeBytes = 0;
	#multipart: R2MultipartUpload | undefined;
	#sent: R2UploadedPart[] = [];
	#sending: Promise<void> = Promise.resolve();

	/** @param onMultipart told of a multipart upload before its first part is sent. */
	constructor(bucket: R2Bucket, key: string, onMultipart: (uploadId: string) => Promise<void>) {
		this.#bucket = bucket;
		this.#key = key;
		this.#onMultipart = onMultipart;
	}

	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	/** Takes bytes; resolves when there is room for more. Throws R2's errors. */
	async write(bytes: Uint8Array): Promise<void> {
		this.#sizeBytes += bytes.byteLength;
		let rest = bytes;
		while (rest.byteLength > 0) {
			if (this.#filledBytes === PART_BYTES) await this.#sendPart();
			const taken = rest.subarray(0, PART_BYTES - this.#filledBytes);
			this.#part.set(taken, this.#filledBytes);
			this.#filledBytes += taken.byteLength;
			rest = rest.subarray(taken.byteLength);
		}
	}

	/** Stores the object. Throws R2's errors; then nothing is stored once `abort` has run. */
	async finish(): Promise<void> {
		if (this.#multipart === undefined) {
			await this.#bucket.put(this.#key, this.#part.subarray(0, this.#filledBytes));
			return;
		}
		await this.#sendPart();
		await this.#sending;
		await this.#multipart.complete(this.#sent);
		// There is nothing to abort any more.
		this.#multipart = undefined;
	}

	/** Leaves nothing behind. */
	async abort(): Promise<void> {
		await this.#sending.catch(() => {});
		await this.#multipart?.abort();
	}

	async #sendPart(): Promise<void> {
		await this.#sending;
		this.#multipart ??= await this.#openMultipart();
		const multipart = this.#multipart;
		const partNumber = this.#sent.length + 1;
		const part = this.#part.subarray(0, this.#filledBytes);
		this.#part = new Uint8Array(PART_BYTES);
		this.#filledBytes = 0;
		this.#sending = multipart.uploadPart(partNumber, part).then((sent) => {
			this.#sent.push(sent);
		});
		// The next write or finish reports the error; until then it is not unhandled.
		this.#sending.catch(() => {});
	}

	async #openMultipart(): Promise<R2MultipartUpload> {
		const multipart = await this.#bucket.createMultipartUpload(this.#key);
		await this.#onMultipart(multipart.uploadId);
		return multipart;
	}
}
