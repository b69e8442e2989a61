import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { newConversionId } from "#db/new-id.ts";
import {
	abandonUpload,
	beginUpload,
	finishUpload,
	hasFinishedUpload,
	recordMultipartUpload,
} from "#db/queries/conversion-upload.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { videoKey } from "#storage/object-keys.ts";
import { RESEND_UNSENT_AFTER_MS } from "../limits.ts";
import { PartWriter } from "./part-writer.ts";

/**
 * One video on its way in: a row in D1 from before its first stored byte, an object in R2 once it
 * is complete, and neither when it is abandoned.
 */
export class VideoUpload {
	readonly #db: Db;
	readonly #bucket: R2Bucket;
	readonly #id: ConversionId;
	readonly #writer: PartWriter;

	private constructor(db: Db, bucket: R2Bucket, id: ConversionId) {
		this.#db = db;
		this.#bucket = bucket;
		this.#id = id;
		this.#writer = new PartWriter(bucket, videoKey(id), (uploadId) =>
			recordMultipartUpload(db, id, uploadId),
		);
	}

	static async begin(
		db: Db,
		bucket: R2Bucket,
		owner: { userId: UserId; filename: string },
	): Promise<VideoUpload> {
		const nowMs = Date.now();
		const id = newConversionId(nowMs);
		await beginUpload(db, { id, ...owner, nowMs });
		return new VideoUpload(db, bucket, id);
	}

	get sizeBytes(): number {
		return this.#writer.sizeBytes;
	}

	write(bytes: Uint8Array): Promise<void> {
		return this.#writer.write(bytes);
	}

	/** Stores the video and queues its conversion. Null when it was swept in the meantime. */
	async finish(options: ConversionOptions): Promise<Conversion | null> {
		await this.#writer.finish();
		const resendAtMs = Date.now() + RESEND_UNSENT_AFTER_MS;
		return finishUpload(this.#db, this.#id, { sizeBytes: this.sizeBytes, options, resendAtMs });
	}

	/**
	 * Removes every trace, unless the upload has been queued after all and only the answer of D1 was
	 * lost: then its video is needed. What fails here is left to the sweep.
	 */
	async abandon(): Promise<void> {
		if (await hasFinishedUpload(this.#db, this.#id)) return;
		await this.#writer.abort();
		await this.#bucket.delete(videoKey(this.#id));
		await abandonUpload(this.#db, this.#id);
	}
}
