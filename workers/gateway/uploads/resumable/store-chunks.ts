import { PART_BYTES } from "../../limits.ts";
import { readChunks } from "../body-chunks.ts";
import { FileHead } from "../file-head.ts";
import type { Session, Tail, UploadSession } from "./upload-session.ts";

/** How the storing of a request's bytes ended. */
export type Stored =
	| { type: "stored"; offsetBytes: number }
	/** Somebody else has taken the upload over. */
	| { type: "superseded" }
	/** Its checksum is another one: nothing of the request counts. */
	| { type: "mismatch" }
	/** The file is none that is converted. */
	| { type: "refused" }
	/** The connection broke, or brought more than was announced: what came before counts. */
	| { type: "interrupted" }
	| { type: "too_large" };

/** Told of each chunk; says at the end whether they were what their sender meant. */
export interface Checksum {
	update(bytes: Uint8Array): void;
	isRight(): boolean;
}

/**
 * Stores the bytes of one request behind what an upload has: whole parts as parts, the rest as its
 * tail, or as the last part when the upload is complete with it. What was stored counts part by part,
 * also when the connection breaks; with a checksum, all of it or nothing.
 *
 * One part is sent while the next one fills, so memory is two parts. Throws R2's errors.
 */
export async function storeChunks(
	bucket: R2Bucket,
	key: string,
	session: Session,
	stub: DurableObjectStub<UploadSession>,
	body: ReadableStream<Uint8Array>,
	checksum: Checksum | null,
): Promise<Stored> {
	const multipart = bucket.resumeMultipartUpload(key, session.multipartUploadId);
	const uncommitted: R2UploadedPart[] = [];
	/** Only while there is something in it: the runtime keeps what a request had last for a while. */
	let part = new Uint8Array();
	let filledBytes = 0;
	let receivedBytes = session.offsetBytes;
	/** Of what is in R2, tail left out. */
	let storedBytes = session.offsetBytes - (session.tail?.sizeBytes ?? 0);
	let { partCount } = session;
	let isOurs = true;
	let sending: Promise<void> = Promise.resolve();

	const commit = async (tail: Tail | null) => {
		const parts = uncommitted.splice(0);
		const offsetBytes = storedBytes + (tail?.sizeBytes ?? 0);
		isOurs = await stub.commit(session.epoch, { parts, offsetBytes, tail });
	};
	const sendPart = async () => {
		await sending;
		const bytes = part.subarray(0, filledBytes);
		const number = ++partCount;
		part = new Uint8Array();
		filledBytes = 0;
		sending = multipart.uploadPart(number, bytes).then(async (sent) => {
			uncommitted.push(sent);
			storedBytes += bytes.byteLength;
			if (checksum === null && isOurs) await commit(null);
		});
		// The next step reports the error; until then it is not unhandled.
		sending.catch(() => {});
	};
	const take = async (bytes: Uint8Array) => {
		let rest = bytes;
		while (rest.byteLength > 0) {
			if (filledBytes === 0) part = new Uint8Array(PART_BYTES);
			const taken = rest.subarray(0, PART_BYTES - filledBytes);
			part.set(taken, filledBytes);
			filledBytes += taken.byteLength;
			rest = rest.subarray(taken.byteLength);
			if (filledBytes === PART_BYTES) await sendPart();
		}
	};

	const head = new FileHead();
	let isJudged = session.partCount > 0;
	if (session.tail !== null) {
		const tail = await bucket.get(session.tail.key);
		if (tail === null) throw new Error("the tail of an upload is gone");
		const bytes = new Uint8Array(await tail.arrayBuffer());
		isJudged ||= head.add(bytes);
		await take(bytes);
	}
	let broken: Extract<Stored, { type: "interrupted" | "too_large" }> | null = null;
	for await (const chunk of readChunks(body)) {
		if (chunk.type === "interrupted") {
			broken = chunk;
			break;
		}
		const { bytes } = chunk;
		if (receivedBytes + bytes.byteLength > session.lengthBytes) {
			broken = { type: "too_large" };
			break;
		}
		checksum?.update(bytes);
		receivedBytes += bytes.byteLength;
		if (!isJudged) {
			isJudged = head.add(bytes) || receivedBytes >= session.lengthBytes;
			if (isJudged && !(await head.isAcceptable())) return { type: "refused" };
		}
		await take(bytes);
		if (!isOurs) return { type: "superseded" };
	}
	if (checksum !== null && (broken !== null || !checksum.isRight())) {
		await sending.catch(() => {});
		return broken ?? { type: "mismatch" };
	}

	let tail: Tail | null = null;
	if (receivedBytes === session.offsetBytes) {
		return broken ?? { type: "stored", offsetBytes: receivedBytes };
	}
	if (filledBytes > 0 && receivedBytes === session.lengthBytes) await sendPart();
	await sending;
	if (filledBytes > 0) {
		// Of this request's own: whoever was superseded may still write to another.
		tail = { key: `${key}.tail.${session.epoch}`, sizeBytes: filledBytes };
		await bucket.put(tail.key, part.subarray(0, filledBytes));
	}
	if (isOurs && (tail !== null || uncommitted.length > 0)) await commit(tail);
	if (!isOurs) {
		// Whoever went on has cleared up already, or is about to: this would stay.
		if (tail !== null) await bucket.delete(tail.key);
		return { type: "superseded" };
	}
	if (session.tail !== null) await bucket.delete(session.tail.key);
	return broken ?? { type: "stored", offsetBytes: receivedBytes };
}
