import { DataStore, type Locker, Upload } from "@tus/server";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { ProblemCode } from "#contracts/problem.ts";
import type { Db } from "#db/connect.ts";
import { findConversion } from "#db/queries/conversion-reads.ts";
import {
	abandonUpload,
	beginUpload,
	recordMultipartUpload,
} from "#db/queries/conversion-upload.ts";
import { keepKey } from "#db/queries/idempotency.ts";
import type { UserLimits } from "#db/queries/user-usage.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { videoKey } from "#storage/object-keys.ts";
import { actOnce } from "../../http/act-once.ts";
import { KEY_DETAILS } from "../../http/idempotency-key.ts";
import type { Failure } from "../../http/problem.ts";
import { statusOf } from "../../http/problem.ts";
import { ABANDONED_UPLOAD_AFTER_MS } from "../../limits.ts";
import { NO_VIDEO } from "../file-head.ts";
import { cleanFilename } from "../filename.ts";
import { creationFingerprint } from "../fingerprint.ts";
import { quotaProblem } from "../quota.ts";
import { finishResumable } from "./finish-resumable.ts";
import { removeResumable } from "./remove-resumable.ts";
import { type Checksum, type Stored, storeChunks } from "./store-chunks.ts";
import { type UploadMetadata, wishesOf } from "./upload-metadata.ts";
import type { Session } from "./upload-session.ts";

/** A failure on its way through @tus/server, which looks for these two fields. */
export class TusFailure extends Error {
	readonly failure: Failure;
	readonly status_code: number;
	readonly body: string;

	constructor(code: ProblemCode, detail: string, headers: Record<string, string> = {}) {
		super(detail);
		this.failure = { code, detail, headers };
		this.status_code = statusOf(code);
		this.body = detail;
	}
}

const SUPERSEDED = "Another request has gone on with this upload.";

/** Who uploads, and with what. */
export interface TusRequest {
	env: GatewayEnv;
	db: Db;
	userId: UserId;
	limits: UserLimits;
	/** @tus/server would read it by way of Node's streams, four kilobytes at a time. */
	body: ReadableStream<Uint8Array> | null;
	checksum: Checksum | null;
	/** The Idempotency-Key; it is looked at when an upload is begun. */
	key: string | undefined;
}

/**
 * One request's view of resumable uploads, as @tus/server wants it: the rows are in D1, the bytes in
 * R2, and what is known of them in a Durable Object each. It is its own locker: to lock an upload is to
 * take it over.
 */
export class TusStore extends DataStore implements Locker {
	override extensions = [
		"creation",
		"creation-with-upload",
		"expiration",
		"termination",
		"checksum",
	];
	readonly #request: TusRequest;
	#row: Conversion | null = null;
	#session: Session | null = null;
	/** It was begun before, by the same request: what this one brings along has come already. */
	#isRepeated = false;

	constructor(request: TusRequest) {
		super();
		this.#request = request;
	}

	/** Looks up whose upload it is: before anything is taken over. */
	async authorize(id: string): Promise<void> {
		const { db, userId } = this.#request;
		this.#row = await findConversion(db, userId, id as ConversionId);
		if (this.#row === null) throw new TusFailure("not_found", "You have no upload with this id.");
	}

	newLock(id: string) {
		return {
			lock: async () => {
				if (this.#row?.status === "uploading") this.#session = await this.#stub(id).take();
			},
			unlock: async () => {},
		};
	}

	override async create(upload: Upload): Promise<Upload> {
		const { db, userId, key } = this.#request;
		const lengthBytes = upload.size ?? 0;
		if (lengthBytes === 0) throw new TusFailure("empty_file", "There is nothing to upload.");
		const metadata = upload.metadata ?? {};
		const wishes = wishesOf(metadata);
		if (!wishes.ok) throw new TusFailure("invalid_options", wishes.detail);
		const fingerprint = creationFingerprint(lengthBytes, metadata);
		const once = await actOnce(db, { userId, key, fingerprint }, async (kept) => {
			const row = await this.#open(upload.id as ConversionId, lengthBytes, metadata);
			if (kept !== undefined) await keepKey(db, kept, row.id, undefined);
			return { ok: true, row };
		});
		switch (once.state) {
			case "idempotency_key_busy":
			case "idempotency_key_reused":
				throw new TusFailure(once.state, KEY_DETAILS[once.state]);
			case "used":
				this.#isRepeated = true;
				this.#row = once.conversion;
				upload.id = once.conversion.id;
				await this.newLock(upload.id).lock();
				break;
			case "acted":
				this.#row = once.result.row;
		}
		upload.creation_date = new Date(this.#row.createdAtMs).toISOString();
		return upload;
	}

	override async getUpload(id: string): Promise<Upload> {
		const session = this.#session;
		// It may have ended since it was looked up.
		if (session === null) await this.authorize(id);
		const row = this.#row;
		if (row !== null && row.status !== "uploading") {
			const size = row.sourceSizeBytes ?? 0;
			return new Upload({ id, size, offset: size, creation_date: new Date().toISOString() });
		}
		if (session === null) {
			throw new TusFailure("upload_expired", "The upload was given up too long ago. Begin anew.");
		}
		// All has come, and then something failed: the client believes that it is done.
		if (session.offsetBytes === session.lengthBytes) await this.#finish(session);
		return new Upload({
			id,
			size: session.lengthBytes,
			offset: session.offsetBytes,
			metadata: session.metadata,
			creation_date: new Date(session.createdAtMs).toISOString(),
		});
	}

	override async write(): Promise<number> {
		const session = this.#session;
		const { body } = this.#request;
		if (this.#isRepeated && this.#row !== null) return (await this.getUpload(this.#row.id)).offset;
		if (session === null) throw new TusFailure("upload_conflict", "The upload has ended.");
		if (body === null) return session.offsetBytes;
		const stored = await this.#store(session, body);
		switch (stored.type) {
			case "superseded":
				throw new TusFailure("upload_conflict", SUPERSEDED);
			case "mismatch":
				throw new TusFailure(
					"digest_mismatch",
					"What arrived is not what was sent. Send it again.",
				);
			case "refused":
				if (this.#row !== null) await this.#remove(this.#row);
				throw new TusFailure("unsupported_media_type", NO_VIDEO);
			case "interrupted":
				throw new TusFailure("upload_interrupted", "The connection broke. Go on with the upload.");
			case "too_large":
				throw new TusFailure("payload_too_large", "There is more of it than was announced.");
			case "stored":
				if (stored.offsetBytes === session.lengthBytes) await this.#finish(session);
				return stored.offsetBytes;
		}
	}

	override async remove(): Promise<void> {
		const row = this.#row;
		if (row?.status !== "uploading") {
			throw new TusFailure("upload_conflict", "It is complete. Delete the conversion instead.");
		}
		await this.#remove(row);
	}

	override getExpiration(): number {
		return ABANDONED_UPLOAD_AFTER_MS;
	}

	/** Makes room for a new upload. */
	async #open(
		id: ConversionId,
		lengthBytes: number,
		metadata: UploadMetadata,
	): Promise<Conversion> {
		const { env, db, userId, limits } = this.#request;
		const nowMs = Date.now();
		const announced = {
			id,
			userId,
			filename: cleanFilename(metadata["filename"] ?? undefined),
			sizeBytes: lengthBytes,
			nowMs,
		};
		if (!(await beginUpload(db, announced, limits))) {
			const problem = await quotaProblem(db, userId, limits, lengthBytes);
			if (problem !== null) {
				throw new TusFailure(problem.code, problem.detail, problem.headers);
			}
			throw new TusFailure("upload_conflict", "Something got in its way. Try again.");
		}
		const { uploadId } = await env.VIDEOS.createMultipartUpload(videoKey(id));
		await recordMultipartUpload(db, id, uploadId);
		this.#session = await this.#stub(id).open({
			id,
			userId,
			multipartUploadId: uploadId,
			lengthBytes,
			metadata,
			createdAtMs: nowMs,
			forgetAtMs: nowMs + 2 * ABANDONED_UPLOAD_AFTER_MS,
		});
		const row = await findConversion(db, userId, id);
		if (row === null) {
			// Deleted since, perhaps with its owner's account, by somebody who knew nothing of this.
			await removeResumable(env, { id, multipartUploadId: uploadId });
			throw new TusFailure("upload_conflict", "The upload was deleted.");
		}
		return row;
	}

	async #store(session: Session, body: ReadableStream<Uint8Array>): Promise<Stored> {
		const { env, checksum } = this.#request;
		const [key, stub] = [videoKey(session.id), this.#stub(session.id)];
		try {
			return await storeChunks(env.VIDEOS, key, session, stub, body, checksum);
		} catch (error) {
			// R2 refuses parts of an upload that somebody else has brought to its end.
			if (await stub.isHeldAt(session.epoch)) throw error;
			return { type: "superseded" };
		}
	}

	async #finish(session: Session): Promise<void> {
		const { env, db } = this.#request;
		const stub = this.#stub(session.id);
		await finishResumable(env, db, session, await stub.parts());
		await stub.close();
	}

	async #remove(row: Conversion): Promise<void> {
		await removeResumable(this.#request.env, row);
		await abandonUpload(this.#request.db, row.id);
	}

	#stub(id: string) {
		const { UPLOADS } = this.#request.env;
		return UPLOADS.get(UPLOADS.idFromName(id));
	}
}
