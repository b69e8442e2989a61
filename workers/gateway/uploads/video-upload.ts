import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { Db } from "#db/connect.ts";
import { newConversionId } from "#db/new-id.ts";
import {
	abandonUpload,
	beginUpload,
	type CompleteUpload,
	finishUpload,
	hasFinishedUpload,
	recordMultipartUpload,
} from "#db/queries/conversion-upload.ts";
import type { HeldKey } from "#db/queries/idempotency.ts";
import type { UserLimits } from "#db/queries/user-usage.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { videoKey } from "#storage/object-keys.ts";
import { RESEND_UNSENT_AFTER_MS } from "../limits.ts";
import { PartWriter } from "./part-writer.ts";
import { StreamWriter } from "./stream-writer.ts";

/** Who uploads, where to, and how much is allowed. */
export interface Reception {
	db: Db;
	bucket: R2Bucket;
	userId: UserId;
	limits: UserLimits;
	/** The largest video that is taken in one request. */
	maxBytes: number;
	/** As far as its sender has said; null: not at all. */
	announcedBytes: number | null;
	/** Its length, if that is known for sure. */
	exactBytes: number | null;
	/** The SHA-256 that its sender has declared, in hex; null: none. */
	declaredSha256: string | null;
	/** The Idempotency-Key that it holds. */
	held?: HeldKey;
}

/**
 * One video on its way in: a row in D1 from before its first stored byte, an object in R2 once it
 * is complete, and neither when it is abandoned.
 */
export class VideoUpload {
	readonly #reception: Reception;
	readonly #id: ConversionId;
	readonly #writer: PartWriter | StreamWriter;

	private constructor(reception: Reception, id: ConversionId) {
		this.#reception = reception;
		this.#id = id;
		const { bucket, exactBytes } = reception;
		this.#writer =
			exactBytes === null
				? new PartWriter(bucket, videoKey(id), (uploadId) =>
						recordMultipartUpload(reception.db, id, uploadId),
					)
				: new StreamWriter(bucket, videoKey(id), exactBytes);
	}

	/** Null when the limits do not allow it. */
	static async begin(reception: Reception, filename: string): Promise<VideoUpload | null> {
		const { db, userId, announcedBytes: sizeBytes, limits } = reception;
		const nowMs = Date.now();
		const id = newConversionId(nowMs);
		const isBegun = await beginUpload(db, { id, userId, filename, sizeBytes, nowMs }, limits);
		return isBegun ? new VideoUpload(reception, id) : null;
	}

	get sizeBytes(): number {
		return this.#writer.sizeBytes;
	}

	write(bytes: Uint8Array): Promise<void> {
		return this.#writer.write(bytes);
	}

	/**
	 * Stores the video and queues its conversion. Null when the limits do not allow it after all, or it
	 * was swept in the meantime.
	 */
	async finish(
		video: Omit<CompleteUpload, "sizeBytes" | "resendAtMs">,
	): Promise<Conversion | null> {
		await this.#writer.finish();
		const { db, userId, limits } = this.#reception;
		const resendAtMs = Date.now() + RESEND_UNSENT_AFTER_MS;
		const { sizeBytes } = this;
		return finishUpload(db, { id: this.#id, userId }, { ...video, sizeBytes, resendAtMs }, limits);
	}

	/**
	 * Removes every trace, unless the upload has been queued after all and only the answer of D1 was
	 * lost: then its video is needed. What fails here is left to the sweep.
	 */
	async abandon(): Promise<void> {
		const { db, bucket } = this.#reception;
		if (await hasFinishedUpload(db, this.#id)) return;
		await this.#writer.abort();
		await bucket.delete(videoKey(this.#id));
		await abandonUpload(db, this.#id);
	}
}
