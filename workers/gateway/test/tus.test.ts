import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { ABANDONED_UPLOAD_AFTER_MS, PART_BYTES } from "../limits.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import {
	type Bindings,
	bindings,
	expectProblem,
	leftBehind,
	post,
	recordingQueue,
	send,
	signUp,
	type TestUser,
} from "./client.ts";
import { db, row } from "./lifecycle.ts";

/*
 * Resumable uploads, by the requirements of the protocol: each MUST and SHOULD of
 * https://tus.io/protocols/resumable-upload that concerns a server, in its order. Then what is ours.
 */

let user: TestUser;
let queue: ReturnType<typeof recordingQueue>;
beforeEach(async () => {
	user = await signUp();
	queue = recordingQueue();
});

type Headers = Record<string, string>;
const OFFSET = "application/offset+octet-stream";

function tus(
	method: string,
	path: string,
	headers: Headers = {},
	body?: BodyInit,
	replaced: Partial<Bindings> = {},
): Promise<Response> {
	const all = { ...user.auth, "tus-resumable": "1.0.0", ...headers };
	const init = { method, headers: all, ...(body !== undefined && { body }) };
	return send(path, init, { VIDEO_QUEUE: queue, ...replaced });
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function create(lengthBytes: number, headers: Headers = {}, body?: BodyInit) {
	return tus("POST", "/uploads", { "upload-length": String(lengthBytes), ...headers }, body);
}

/** A new upload's address. */
async function begin(lengthBytes: number, headers: Headers = {}): Promise<string> {
	const response = await create(lengthBytes, headers);
	expect(response.status).toBe(201);
	return response.headers.get("location") ?? expect.fail();
}

const patch = (path: string, offset: number, body: BodyInit, headers: Headers = {}) =>
	tus("PATCH", path, { "upload-offset": String(offset), "content-type": OFFSET, ...headers }, body);

const head = (path: string) => tus("HEAD", path);

async function offsetOf(path: string): Promise<number> {
	const response = await head(path);
	expect(response.status).toBe(200);
	return Number(response.headers.get("upload-offset"));
}

const idOf = (path: string) => path.split("/").at(-1) ?? "";

/** Bytes that could be a video, every position of which is told apart. */
function bytesOf(size: number): Uint8Array<ArrayBuffer> {
	const words = new Uint32Array(Math.ceil(size / 4)).map((_, index) => index * 2_654_435_761);
	return new Uint8Array(words.buffer, 0, size);
}

async function stored(path: string): Promise<Uint8Array | null> {
	const object = await bindings.VIDEOS.get(idOf(path));
	return object === null ? null : new Uint8Array(await object.arrayBuffer());
}

async function expectStored(path: string, bytes: Uint8Array): Promise<void> {
	const object = await stored(path);
	expect(object?.byteLength).toBe(bytes.byteLength);
	expect(Buffer.compare(Buffer.from(object ?? []), Buffer.from(bytes))).toBe(0);
}

/** A body that breaks off, as when the connection is lost. */
function broken(bytes: Uint8Array): ReadableStream {
	let isFirst = true;
	return new ReadableStream({
		type: "bytes",
		pull(controller) {
			if (isFirst) controller.enqueue(bytes.slice());
			else controller.error(new Error("connection reset"));
			isFirst = false;
		},
	});
}

describe("core: HEAD", () => {
	test("tells the offset, even when it is 0, and the length", async () => {
		const path = await begin(100);
		const response = await head(path);
		expect(response.status).toBe(200);
		expect(response.headers.get("upload-offset")).toBe("0");
		expect(response.headers.get("upload-length")).toBe("100");
		await patch(path, 0, bytesOf(30));
		expect(await offsetOf(path)).toBe(30);
	});

	test("is not to be cached", async () => {
		const response = await head(await begin(100));
		expect(response.headers.get("cache-control")).toBe("no-store");
	});

	test("of what there is not is 404, without an offset", async () => {
		for (const id of ["cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", "..%2F..%2Fetc"]) {
			const response = await head(`/uploads/${id}`);
			expect(response.status).toBe(404);
			expect(response.headers.get("upload-offset")).toBeNull();
		}
	});

	test("of a complete upload tells that it is complete", async () => {
		const path = await begin(30);
		await patch(path, 0, bytesOf(30));
		const response = await head(path);
		expect(response.headers.get("upload-offset")).toBe("30");
		expect(response.headers.get("upload-length")).toBe("30");
	});
});

describe("core: PATCH", () => {
	test("stores bytes, and tells the new offset with 204", async () => {
		const bytes = bytesOf(100);
		const path = await begin(100);
		const first = await patch(path, 0, bytes.subarray(0, 40));
		expect([first.status, first.headers.get("upload-offset")]).toEqual([204, "40"]);
		const last = await patch(path, 40, bytes.subarray(40));
		expect([last.status, last.headers.get("upload-offset")]).toEqual([204, "100"]);
		await expectStored(path, bytes);
	});

	test.each(["video/mp4", "application/octet-stream", ""])(
		"as %j is 415, and changes nothing",
		async (type) => {
			const path = await begin(100);
			const response = await patch(path, 0, bytesOf(9), { "content-type": type });
			await expectProblem(response, 415, "unsupported_media_type");
			expect(await offsetOf(path)).toBe(0);
		},
	);

	test.each([1, 20, 31, 100])("at %i instead of 30 is 409, and changes nothing", async (offset) => {
		const path = await begin(100);
		await patch(path, 0, bytesOf(30));
		await expectProblem(await patch(path, offset, bytesOf(10)), 409, "upload_conflict");
		expect(await offsetOf(path)).toBe(30);
	});

	test.each(["-1", "1.5", "x", "", "0x0", "1e1"])("at %j is refused", async (offset) => {
		const path = await begin(100);
		const response = await tus(
			"PATCH",
			path,
			{ "upload-offset": offset, "content-type": OFFSET },
			bytesOf(9),
		);
		await expectProblem(response, 400, "invalid_upload");
		expect(await offsetOf(path)).toBe(0);
	});

	test("without an offset is refused", async () => {
		const path = await begin(100);
		const response = await tus("PATCH", path, { "content-type": OFFSET }, bytesOf(9));
		await expectProblem(response, 400, "invalid_upload");
	});

	test("of what there is not is 404", async () => {
		const response = await patch("/uploads/cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", 0, bytesOf(9));
		await expectProblem(response, 404, "not_found");
	});

	test("of more than the upload's length is 413, and changes nothing", async () => {
		const path = await begin(100);
		const response = await patch(path, 0, bytesOf(101), { "content-length": "101" });
		await expectProblem(response, 413, "payload_too_large");
		expect(await offsetOf(path)).toBe(0);
	});

	test("of more than that, without saying so, is 413, and changes nothing beyond it", async () => {
		const path = await begin(100);
		await expectProblem(await patch(path, 0, bytesOf(101)), 413, "payload_too_large");
		await patch(path, 0, bytesOf(100));
		await expectStored(path, bytesOf(100));
	});

	test("keeps what has arrived when the connection breaks", async () => {
		const bytes = bytesOf(2 * PART_BYTES + 100);
		const path = await begin(bytes.byteLength);
		const response = await patch(path, 0, broken(bytes.subarray(0, PART_BYTES + 50)));
		await expectProblem(response, 400, "upload_interrupted");
		expect(await offsetOf(path)).toBe(PART_BYTES + 50);
		await patch(path, PART_BYTES + 50, bytes.subarray(PART_BYTES + 50));
		await expectStored(path, bytes);
	});
});

describe("core: OPTIONS and versions", () => {
	test("OPTIONS tells versions, extensions and the largest size, whatever version is asked for", async () => {
		for (const version of ["1.0.0", "0.2.2"]) {
			const response = await tus("OPTIONS", "/uploads", { "tus-resumable": version });
			expect(response.status).toBe(204);
			expect(response.headers.get("tus-version")).toBe("1.0.0");
			expect(response.headers.get("tus-max-size")).toBe(String(bindings.MAX_VIDEO_BYTES));
			const extensions = response.headers.get("tus-extension")?.split(",");
			expect(extensions?.toSorted()).toEqual([
				"checksum",
				"creation",
				"creation-with-upload",
				"expiration",
				"termination",
			]);
		}
	});

	test("every answer tells the version", async () => {
		const path = await begin(100);
		for (const response of [
			await create(100),
			await head(path),
			await patch(path, 0, bytesOf(9)),
			await patch(path, 0, bytesOf(9)),
			await tus("DELETE", path),
		]) {
			expect(response.headers.get("tus-resumable")).toBe("1.0.0");
		}
	});

	test.each(["0.2.2", "2.0.0", ""])(
		"version %j is 412 with ours, and nothing happens",
		async (version) => {
			const path = await begin(100);
			const response = await patch(path, 0, bytesOf(9), { "tus-resumable": version });
			expect(response.headers.get("tus-version")).toBe("1.0.0");
			await expectProblem(response, 412, "tus_version_unsupported");
			expect(await offsetOf(path)).toBe(0);
		},
	);

	test("X-HTTP-Method-Override is the method", async () => {
		const bytes = bytesOf(30);
		const path = await begin(60);
		const headers = { "upload-offset": "0", "content-type": OFFSET };
		const override = { "x-http-method-override": "PATCH" };
		const response = await tus("POST", path, { ...headers, ...override }, bytes);
		expect([response.status, response.headers.get("upload-offset")]).toEqual([204, "30"]);
		expect((await tus("POST", path, { "x-http-method-override": "DELETE" })).status).toBe(204);
		expect((await head(path)).status).toBe(404);
		await expectProblem(await tus("POST", path), 405, "method_not_allowed");
		await expectProblem(await tus("GET", path), 405, "method_not_allowed");
	});
});

describe("creation", () => {
	test("is 201 with the upload's address", async () => {
		const response = await create(100);
		expect(response.status).toBe(201);
		expect(response.headers.get("location")).toMatch(/^\/uploads\/cnv_[0-9A-Z]{26}$/);
	});

	test.each<[string, Headers]>([
		["no length", {}],
		["a negative length", { "upload-length": "-1" }],
		["a length that is no number", { "upload-length": "1e3" }],
		["a length to come", { "upload-defer-length": "1" }],
		["both lengths", { "upload-length": "1", "upload-defer-length": "1" }],
		["part of a concatenation", { "upload-length": "9", "upload-concat": "partial" }],
		["metadata without base64", { "upload-length": "9", "upload-metadata": "filename a.mp4" }],
		["metadata without a key", { "upload-length": "9", "upload-metadata": "a YQ==, YQ==" }],
		["a key twice", { "upload-length": "9", "upload-metadata": "a YQ==,a YQ==" }],
	])("with %s is refused", async (_, headers) => {
		const before = await leftBehind();
		await expectProblem(await tus("POST", "/uploads", headers), 400, "invalid_upload");
		expect(await leftBehind()).toEqual(before);
	});

	test("of more than the largest size is 413", async () => {
		await expectProblem(await create(bindings.MAX_VIDEO_BYTES + 1), 413, "payload_too_large");
	});

	test("keeps the metadata for HEAD, as they were sent", async () => {
		const metadata = `filename ${base64("Tür ☂.mp4")},filetype ${base64("video/mp4")},is_confidential`;
		const path = await begin(100, { "upload-metadata": metadata });
		expect((await head(path)).headers.get("upload-metadata")).toBe(metadata);
	});

	test("may bring bytes along, and tells how many", async () => {
		const bytes = bytesOf(100);
		const response = await create(100, { "content-type": OFFSET }, bytes.subarray(0, 60));
		expect([response.status, response.headers.get("upload-offset")]).toEqual([201, "60"]);
		const path = response.headers.get("location") ?? "";
		await patch(path, 60, bytes.subarray(60));
		await expectStored(path, bytes);
	});

	test("may bring them all", async () => {
		const bytes = bytesOf(100);
		const response = await create(100, { "content-type": OFFSET }, bytes);
		expect([response.status, response.headers.get("upload-offset")]).toEqual([201, "100"]);
		await expectStored(response.headers.get("location") ?? "", bytes);
		expect(queue.messages).toHaveLength(1);
	});
});

describe("expiration", () => {
	test("is told while an upload is unfinished, a day after it was begun", async () => {
		const created = await create(100);
		const expires = Date.parse(created.headers.get("upload-expires") ?? "");
		expect(Math.abs(expires - Date.now() - ABANDONED_UPLOAD_AFTER_MS)).toBeLessThan(5000);
		const path = created.headers.get("location") ?? "";
		const patched = await patch(path, 0, bytesOf(9));
		expect(patched.headers.get("upload-expires")).toMatch(/ GMT$/);
	});

	test("leaves nothing: not a row, not a part, not a tail", async () => {
		const path = await begin(3 * PART_BYTES);
		await patch(path, 0, bytesOf(PART_BYTES + 100));
		const { multipart_upload_id } = await row(idOf(path));
		await runWatchdog(bindings, db, Date.now() + ABANDONED_UPLOAD_AFTER_MS + 1000);
		expect((await head(path)).status).toBe(404);
		expect((await bindings.VIDEOS.list({ prefix: idOf(path) })).objects).toEqual([]);
		const multipart = bindings.VIDEOS.resumeMultipartUpload(
			idOf(path),
			multipart_upload_id ?? expect.fail(),
		);
		await expect(multipart.uploadPart(3, "more")).rejects.toThrow();
	});
});

describe("checksum", () => {
	const checksumOf = async (algorithm: string, name: string, bytes: Uint8Array) => {
		const digest = await crypto.subtle.digest(algorithm, new Uint8Array(bytes));
		return `${name} ${new Uint8Array(digest).toBase64()}`;
	};

	test("algorithms are told, SHA-1 among them", async () => {
		const response = await tus("OPTIONS", "/uploads");
		expect(response.headers.get("tus-checksum-algorithm")?.split(",")).toContain("sha1");
	});

	test.each([
		["SHA-1", "sha1"],
		["SHA-256", "sha256"],
		["MD5", "md5"],
	])("%s that is right lets the bytes count", async (algorithm, name) => {
		const bytes = bytesOf(PART_BYTES + 100);
		const path = await begin(bytes.byteLength);
		const checksum = await checksumOf(algorithm, name, bytes);
		const response = await patch(path, 0, bytes, { "upload-checksum": checksum });
		expect(response.status).toBe(204);
		await expectStored(path, bytes);
	});

	test.each([100, PART_BYTES + 100])(
		"that is wrong is 460, and none of %i bytes counts",
		async (size) => {
			const bytes = bytesOf(2 * PART_BYTES);
			const path = await begin(bytes.byteLength);
			await patch(path, 0, bytes.subarray(0, 50));
			const checksum = await checksumOf("SHA-1", "sha1", bytesOf(7));
			const wrong = new Uint8Array(size).fill(0xff);
			const response = await patch(path, 50, wrong, { "upload-checksum": checksum });
			expect(response.status).toBe(460);
			expect(await response.json()).toMatchObject({ code: "digest_mismatch" });
			expect(await offsetOf(path)).toBe(50);
			await patch(path, 50, bytes.subarray(50));
			await expectStored(path, bytes);
		},
	);

	test("of bytes that broke off lets none of them count", async () => {
		const path = await begin(100);
		const checksum = await checksumOf("SHA-1", "sha1", bytesOf(9));
		await patch(path, 0, broken(bytesOf(9)), { "upload-checksum": checksum });
		expect(await offsetOf(path)).toBe(0);
	});

	test.each(["crc32 AAAA", "sha1", "sha1 ***", "sha1  AAAA", "", "sha1 AAAA AAAA"])(
		"as %j is refused",
		async (checksum) => {
			const path = await begin(100);
			const response = await patch(path, 0, bytesOf(9), { "upload-checksum": checksum });
			await expectProblem(response, 400, "invalid_upload");
			expect(await offsetOf(path)).toBe(0);
		},
	);
});

describe("termination", () => {
	test("is 204, and from then on there is nothing", async () => {
		const before = await leftBehind();
		const path = await begin(3 * PART_BYTES);
		await patch(path, 0, bytesOf(PART_BYTES + 100));
		expect((await tus("DELETE", path)).status).toBe(204);
		expect((await head(path)).status).toBe(404);
		await expectProblem(await patch(path, 0, bytesOf(9)), 404, "not_found");
		expect(await leftBehind()).toEqual(before);
	});

	test("of a complete upload is refused: its conversion can be deleted", async () => {
		const path = await begin(30);
		await patch(path, 0, bytesOf(30));
		await expectProblem(await tus("DELETE", path), 409, "upload_conflict");
		await expectStored(path, bytesOf(30));
	});
});

describe("what comes of it", () => {
	const metadata = (fields: Record<string, string>) => ({
		"upload-metadata": Object.entries(fields)
			.map(([key, value]) => `${key} ${base64(value)}`)
			.join(","),
	});

	test("a conversion under the upload's id, with its name and options, queued once", async () => {
		const options = JSON.stringify({ quality: "voice", title: "☂" });
		const path = await begin(100, metadata({ filename: "../Tür.mp4", options }));
		const shown = async () =>
			(await (await tus("GET", `/conversions/${idOf(path)}`)).json()) as ConversionDocument;
		expect(await shown()).toMatchObject({ status: "uploading", source: { sizeBytes: 100 } });
		await patch(path, 0, bytesOf(100));
		expect(await shown()).toMatchObject({
			status: "queued",
			filename: "Tür.mp4",
			options: { quality: "voice", title: "☂" },
			source: { sizeBytes: 100 },
		});
		expect(queue.messages).toHaveLength(1);
	});

	test.each([
		[1, 100],
		[3, PART_BYTES],
		[5, 2 * PART_BYTES + 12_345],
	])("%i requests of %i bytes each arrive in R2 as they were sent", async (count, size) => {
		const bytes = bytesOf(count * size);
		const path = await begin(bytes.byteLength);
		for (let index = 0; index < count; index++) {
			const response = await patch(
				path,
				index * size,
				bytes.slice(index * size, (index + 1) * size),
			);
			expect(response.status).toBe(204);
		}
		await expectStored(path, bytes);
		expect((await bindings.VIDEOS.list({ prefix: idOf(path) })).objects).toHaveLength(1);
		expect(queue.messages).toHaveLength(1);
	});

	test.each(["{", '{"quality":"loud"}', '"high"', '{"colour":"red"}'])(
		"options %j are refused before anything is uploaded",
		async (options) => {
			const before = await leftBehind();
			await expectProblem(await create(100, metadata({ options })), 400, "invalid_options");
			expect(await leftBehind()).toEqual(before);
		},
	);

	test("an empty upload is refused", async () => {
		await expectProblem(await create(0), 400, "empty_file");
	});

	test("what is no video is refused with its first bytes, and nothing stays behind", async () => {
		const before = await leftBehind();
		const path = await begin(10_000_000);
		await patch(path, 0, "#EXTM3U\n".repeat(100));
		const response = await patch(path, 800, "http://10.0.0.1/a.ts\n".repeat(1000));
		await expectProblem(response, 415, "unsupported_media_type");
		expect((await head(path)).status).toBe(404);
		expect(await leftBehind()).toEqual(before);
	});

	test("it counts against what its owner may have, from its beginning", async () => {
		const settings = { MAX_IN_FLIGHT: 1 };
		const headers = { "upload-length": "100" };
		expect((await tus("POST", "/uploads", headers, undefined, settings)).status).toBe(201);
		const second = await tus("POST", "/uploads", headers, undefined, settings);
		expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(0);
		await expectProblem(second, 429, "too_many_conversions");
		const full = { MAX_STORED_BYTES: 199 };
		const third = await tus("POST", "/uploads", headers, undefined, full);
		await expectProblem(third, 507, "storage_full");
	});

	test("a SHA-256 that was sent along finds it again, for its owner", async () => {
		const digest = await crypto.subtle.digest("SHA-256", bytesOf(100));
		const sha256 = new Uint8Array(digest).toHex();
		const path = await begin(100, metadata({ sha256 }));
		await patch(path, 0, bytesOf(100));
		const found = await send("/conversions", post({ sha256 }, user.auth));
		expect(await found.json()).toMatchObject({ id: idOf(path) });
	});
});

describe("whatever goes wrong", () => {
	/** A body that comes in two pieces, the second one when it is let go. */
	function heldBack(first: Uint8Array, second: Uint8Array) {
		const [read, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		let isFirst = true;
		const body = new ReadableStream({
			type: "bytes",
			async pull(controller) {
				if (isFirst) {
					isFirst = false;
					return controller.enqueue(first);
				}
				// Asked for more: the first piece has been taken.
				read.resolve();
				await held.promise;
				controller.enqueue(second);
				controller.close();
			},
		});
		return { body, isRead: read.promise, letGo: held.resolve };
	}

	test("of two clients on one upload the later one goes on, and the earlier one changes nothing", async () => {
		const bytes = bytesOf(2 * PART_BYTES);
		const path = await begin(bytes.byteLength);
		const wrong = new Uint8Array(PART_BYTES).fill(0xff);
		const { body, isRead, letGo } = heldBack(bytes.slice(0, 1000), wrong);
		const earlier = patch(path, 0, body);
		await isRead;
		const later = await patch(path, 0, bytes);
		expect(later.status).toBe(204);
		letGo();
		await expectProblem(await earlier, 409, "upload_conflict");
		await expectStored(path, bytes);
		expect(queue.messages).toHaveLength(1);
	});

	test.each([100, PART_BYTES])(
		"what was taken over changes nothing by %i late bytes, while the upload goes on",
		async (lateBytes) => {
			const bytes = bytesOf(2 * PART_BYTES);
			const path = await begin(bytes.byteLength);
			const wrong = new Uint8Array(lateBytes).fill(0xff);
			const { body, isRead, letGo } = heldBack(bytes.slice(0, 1000), wrong);
			const earlier = patch(path, 0, body);
			await isRead;
			expect(await offsetOf(path)).toBe(0);
			await patch(path, 0, bytes.slice(0, 500));
			letGo();
			await expectProblem(await earlier, 409, "upload_conflict");
			expect(await offsetOf(path)).toBe(500);
			await patch(path, 500, bytes.slice(500));
			await expectStored(path, bytes);
			expect((await bindings.VIDEOS.list({ prefix: idOf(path) })).objects).toHaveLength(1);
		},
	);

	test("ten finishing requests at once queue one conversion", async () => {
		const bytes = bytesOf(100);
		const path = await begin(100);
		await patch(path, 0, bytes.subarray(0, 50));
		const responses = await Promise.all(
			Array.from({ length: 10 }, () => patch(path, 50, bytes.slice(50))),
		);
		const statuses = responses.map(({ status }) => status);
		expect(statuses).toContain(204);
		expect(statuses.every((status) => status === 204 || status === 409)).toBe(true);
		await expectStored(path, bytes);
		expect(queue.messages).toHaveLength(1);
	});

	/** Uploads everything, while R2 cannot put parts together. */
	async function uploadWithoutEnd(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
		const path = await begin(bytes.byteLength);
		const VIDEOS = new Proxy(bindings.VIDEOS, {
			get(target, name) {
				if (name !== "resumeMultipartUpload") return Reflect.get(target, name).bind(target);
				return (key: string, id: string) => {
					const multipart = target.resumeMultipartUpload(key, id);
					return {
						uploadPart: multipart.uploadPart.bind(multipart),
						complete: () => Promise.reject(new Error("R2 is down")),
					};
				};
			},
		});
		const headers = { "upload-offset": "0", "content-type": OFFSET };
		const response = await tus("PATCH", path, headers, bytes, { VIDEOS });
		await expectProblem(response, 503, "storage_unavailable");
		expect(queue.messages).toHaveLength(0);
		return path;
	}

	test("an upload whose end failed is ended by whoever asks how far it is", async () => {
		const bytes = bytesOf(PART_BYTES + 100);
		const path = await uploadWithoutEnd(bytes);
		expect(await offsetOf(path)).toBe(bytes.byteLength);
		expect(queue.messages).toHaveLength(1);
		await expectStored(path, bytes);
	});

	test("or, when nobody asks, by itself", async () => {
		const bytes = bytesOf(PART_BYTES + 100);
		const path = await uploadWithoutEnd(bytes);
		const { UPLOADS } = bindings;
		await runDurableObjectAlarm(UPLOADS.get(UPLOADS.idFromName(idOf(path))));
		expect((await row(idOf(path))).status).toBe("queued");
		await expectStored(path, bytes);
	});

	test("deleting the conversion ends the upload", async () => {
		const before = await leftBehind();
		const path = await begin(3 * PART_BYTES);
		await patch(path, 0, bytesOf(PART_BYTES + 100));
		const deleted = await send(`/conversions/${idOf(path)}`, {
			method: "DELETE",
			headers: user.auth,
		});
		expect(deleted.status).toBe(204);
		await expectProblem(await patch(path, PART_BYTES + 100, bytesOf(9)), 404, "not_found");
		expect(await leftBehind()).toEqual(before);
	});

	test("a stranger sees, changes and stops nothing", async () => {
		const path = await begin(100);
		await patch(path, 0, bytesOf(30));
		const owner = user;
		user = await signUp();
		expect((await head(path)).status).toBe(404);
		await expectProblem(await patch(path, 30, bytesOf(70)), 404, "not_found");
		await expectProblem(await tus("DELETE", path), 404, "not_found");
		user = owner;
		expect(await offsetOf(path)).toBe(30);
	});

	test("nobody uploads without a token", async () => {
		const path = await begin(100);
		for (const [method, target] of [
			["POST", "/uploads"],
			["HEAD", path],
			["PATCH", path],
			["DELETE", path],
		] as const) {
			const response = await send(target, { method, headers: { "tus-resumable": "1.0.0" } });
			expect(response.status).toBe(401);
		}
	});
});
