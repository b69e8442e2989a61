import { beforeEach, describe, expect, test } from "vitest";
import { ABANDONED_UPLOAD_AFTER_MS, PART_BYTES } from "../limits.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import { broken, bytesOf } from "./bodies.ts";
import { bindings, expectProblem, leftBehind } from "./client.ts";
import { db, row } from "./lifecycle.ts";
import {
	addressOf,
	base64,
	expectStored,
	type Headers,
	idOf,
	OFFSET,
	type TusClient,
	tusClient,
} from "./tus-client.ts";

/*
 * Resumable uploads, by the requirements of the protocol: each MUST and SHOULD of
 * https://tus.io/protocols/resumable-upload that concerns a server, in its order. What is ours is in
 * resumable.test.ts.
 */

let client: TusClient;
beforeEach(async () => {
	client = await tusClient();
});

describe("core: HEAD", () => {
	test("tells the offset, even when it is 0, and the length", async () => {
		const path = await client.begin(100);
		const response = await client.head(path);
		expect(response.status).toBe(200);
		expect(response.headers.get("upload-offset")).toBe("0");
		expect(response.headers.get("upload-length")).toBe("100");
		await client.patch(path, 0, bytesOf(30));
		expect(await client.offsetOf(path)).toBe(30);
	});

	test("is not to be cached", async () => {
		const response = await client.head(await client.begin(100));
		expect(response.headers.get("cache-control")).toBe("no-store");
	});

	test("of what there is not is 404, without an offset", async () => {
		for (const id of ["cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", "..%2F..%2Fetc"]) {
			const response = await client.head(`/uploads/${id}`);
			expect(response.status).toBe(404);
			expect(response.headers.get("upload-offset")).toBeNull();
		}
	});

	test("of a complete upload tells that it is complete", async () => {
		const path = await client.begin(30);
		await client.patch(path, 0, bytesOf(30));
		const response = await client.head(path);
		expect(response.headers.get("upload-offset")).toBe("30");
		expect(response.headers.get("upload-length")).toBe("30");
	});
});

describe("core: PATCH", () => {
	test("stores bytes, and tells the new offset with 204", async () => {
		const bytes = bytesOf(100);
		const path = await client.begin(100);
		const first = await client.patch(path, 0, bytes.subarray(0, 40));
		expect([first.status, first.headers.get("upload-offset")]).toEqual([204, "40"]);
		const last = await client.patch(path, 40, bytes.subarray(40));
		expect([last.status, last.headers.get("upload-offset")]).toEqual([204, "100"]);
		await expectStored(path, bytes);
	});

	test.each(["video/mp4", "application/octet-stream", ""])(
		"as %j is 415, and changes nothing",
		async (type) => {
			const path = await client.begin(100);
			const response = await client.patch(path, 0, bytesOf(9), { "content-type": type });
			await expectProblem(response, 415, "unsupported_media_type");
			expect(await client.offsetOf(path)).toBe(0);
		},
	);

	test.each([1, 20, 31, 100])("at %i instead of 30 is 409, and changes nothing", async (offset) => {
		const path = await client.begin(100);
		await client.patch(path, 0, bytesOf(30));
		await expectProblem(await client.patch(path, offset, bytesOf(10)), 409, "upload_conflict");
		expect(await client.offsetOf(path)).toBe(30);
	});

	test.each(["-1", "1.5", "x", "", "0x0", "1e1"])("at %j is refused", async (offset) => {
		const path = await client.begin(100);
		const response = await client.request(
			"PATCH",
			path,
			{ "upload-offset": offset, "content-type": OFFSET },
			bytesOf(9),
		);
		await expectProblem(response, 400, "invalid_upload");
		expect(await client.offsetOf(path)).toBe(0);
	});

	test("without an offset is refused", async () => {
		const path = await client.begin(100);
		const response = await client.request("PATCH", path, { "content-type": OFFSET }, bytesOf(9));
		await expectProblem(response, 400, "invalid_upload");
	});

	test("of what there is not is 404", async () => {
		const response = await client.patch("/uploads/cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", 0, bytesOf(9));
		await expectProblem(response, 404, "not_found");
	});

	test("of more than the upload's length is 413, and changes nothing", async () => {
		const path = await client.begin(100);
		const response = await client.patch(path, 0, bytesOf(101), { "content-length": "101" });
		await expectProblem(response, 413, "payload_too_large");
		expect(await client.offsetOf(path)).toBe(0);
	});

	test("of more than that, without saying so, is 413, and changes nothing beyond it", async () => {
		const path = await client.begin(100);
		await expectProblem(await client.patch(path, 0, bytesOf(101)), 413, "payload_too_large");
		await client.patch(path, 0, bytesOf(100));
		await expectStored(path, bytesOf(100));
	});

	test("keeps what has arrived when the connection breaks", async () => {
		const bytes = bytesOf(2 * PART_BYTES + 100);
		const path = await client.begin(bytes.byteLength);
		const response = await client.patch(path, 0, broken(bytes.subarray(0, PART_BYTES + 50)));
		await expectProblem(response, 400, "upload_interrupted");
		expect(await client.offsetOf(path)).toBe(PART_BYTES + 50);
		await client.patch(path, PART_BYTES + 50, bytes.subarray(PART_BYTES + 50));
		await expectStored(path, bytes);
	});
});

describe("core: OPTIONS and versions", () => {
	test("OPTIONS tells versions, extensions and the largest size, whatever version is asked for", async () => {
		for (const version of ["1.0.0", "0.2.2"]) {
			const response = await client.request("OPTIONS", "/uploads", { "tus-resumable": version });
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
		const path = await client.begin(100);
		for (const response of [
			await client.create(100),
			await client.head(path),
			await client.patch(path, 0, bytesOf(9)),
			await client.patch(path, 0, bytesOf(9)),
			await client.request("DELETE", path),
		]) {
			expect(response.headers.get("tus-resumable")).toBe("1.0.0");
		}
	});

	test.each(["0.2.2", "2.0.0", ""])(
		"version %j is 412 with ours, and nothing happens",
		async (version) => {
			const path = await client.begin(100);
			const response = await client.patch(path, 0, bytesOf(9), { "tus-resumable": version });
			expect(response.headers.get("tus-version")).toBe("1.0.0");
			await expectProblem(response, 412, "tus_version_unsupported");
			expect(await client.offsetOf(path)).toBe(0);
		},
	);

	test("X-HTTP-Method-Override is the method", async () => {
		const bytes = bytesOf(30);
		const path = await client.begin(60);
		const headers = { "upload-offset": "0", "content-type": OFFSET };
		const override = { "x-http-method-override": "PATCH" };
		const response = await client.request("POST", path, { ...headers, ...override }, bytes);
		expect([response.status, response.headers.get("upload-offset")]).toEqual([204, "30"]);
		expect(
			(await client.request("POST", path, { "x-http-method-override": "DELETE" })).status,
		).toBe(204);
		expect((await client.head(path)).status).toBe(404);
		await expectProblem(await client.request("POST", path), 405, "method_not_allowed");
		await expectProblem(await client.request("GET", path), 405, "method_not_allowed");
	});
});

describe("creation", () => {
	test("is 201 with the upload's address", async () => {
		const response = await client.create(100);
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
		await expectProblem(await client.request("POST", "/uploads", headers), 400, "invalid_upload");
		expect(await leftBehind()).toEqual(before);
	});

	test("of more than the largest size is 413", async () => {
		await expectProblem(
			await client.create(bindings.MAX_VIDEO_BYTES + 1),
			413,
			"payload_too_large",
		);
	});

	test("keeps the metadata for HEAD, as they were sent", async () => {
		const metadata = `filename ${base64("Tür ☂.mp4")},filetype ${base64("video/mp4")},is_confidential`;
		const path = await client.begin(100, { "upload-metadata": metadata });
		expect((await client.head(path)).headers.get("upload-metadata")).toBe(metadata);
	});

	test("may bring bytes along, and tells how many", async () => {
		const bytes = bytesOf(100);
		const response = await client.create(100, { "content-type": OFFSET }, bytes.subarray(0, 60));
		expect([response.status, response.headers.get("upload-offset")]).toEqual([201, "60"]);
		const path = addressOf(response);
		await client.patch(path, 60, bytes.subarray(60));
		await expectStored(path, bytes);
	});

	test("may bring them all", async () => {
		const bytes = bytesOf(100);
		const response = await client.create(100, { "content-type": OFFSET }, bytes);
		expect([response.status, response.headers.get("upload-offset")]).toEqual([201, "100"]);
		await expectStored(addressOf(response), bytes);
		expect(client.queue.messages).toHaveLength(1);
	});
});

describe("expiration", () => {
	test("is told while an upload is unfinished, a day after it was begun", async () => {
		const created = await client.create(100);
		const expires = Date.parse(created.headers.get("upload-expires") ?? "");
		expect(Math.abs(expires - Date.now() - ABANDONED_UPLOAD_AFTER_MS)).toBeLessThan(5000);
		const path = addressOf(created);
		const patched = await client.patch(path, 0, bytesOf(9));
		expect(patched.headers.get("upload-expires")).toMatch(/ GMT$/);
	});

	test("leaves nothing: not a row, not a part, not a tail", async () => {
		const path = await client.begin(3 * PART_BYTES);
		await client.patch(path, 0, bytesOf(PART_BYTES + 100));
		const { multipart_upload_id } = await row(idOf(path));
		await runWatchdog(bindings, db, Date.now() + ABANDONED_UPLOAD_AFTER_MS + 1000);
		expect((await client.head(path)).status).toBe(404);
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
		const response = await client.request("OPTIONS", "/uploads");
		expect(response.headers.get("tus-checksum-algorithm")?.split(",")).toContain("sha1");
	});

	test.each([
		["SHA-1", "sha1"],
		["SHA-256", "sha256"],
		["MD5", "md5"],
	])("%s that is right lets the bytes count", async (algorithm, name) => {
		const bytes = bytesOf(PART_BYTES + 100);
		const path = await client.begin(bytes.byteLength);
		const checksum = await checksumOf(algorithm, name, bytes);
		const response = await client.patch(path, 0, bytes, { "upload-checksum": checksum });
		expect(response.status).toBe(204);
		await expectStored(path, bytes);
	});

	test.each([100, PART_BYTES + 100])(
		"that is wrong is 460, and none of %i bytes counts",
		async (size) => {
			const bytes = bytesOf(2 * PART_BYTES);
			const path = await client.begin(bytes.byteLength);
			await client.patch(path, 0, bytes.subarray(0, 50));
			const checksum = await checksumOf("SHA-1", "sha1", bytesOf(7));
			const wrong = new Uint8Array(size).fill(0xff);
			const response = await client.patch(path, 50, wrong, { "upload-checksum": checksum });
			expect(response.status).toBe(460);
			expect(await response.json()).toMatchObject({ code: "digest_mismatch" });
			expect(await client.offsetOf(path)).toBe(50);
			await client.patch(path, 50, bytes.subarray(50));
			await expectStored(path, bytes);
		},
	);

	test("of bytes that broke off lets none of them count", async () => {
		const path = await client.begin(100);
		const checksum = await checksumOf("SHA-1", "sha1", bytesOf(9));
		await client.patch(path, 0, broken(bytesOf(9)), { "upload-checksum": checksum });
		expect(await client.offsetOf(path)).toBe(0);
	});

	test.each(["crc32 AAAA", "sha1", "sha1 ***", "sha1  AAAA", "", "sha1 AAAA AAAA"])(
		"as %j is refused",
		async (checksum) => {
			const path = await client.begin(100);
			const response = await client.patch(path, 0, bytesOf(9), { "upload-checksum": checksum });
			await expectProblem(response, 400, "invalid_upload");
			expect(await client.offsetOf(path)).toBe(0);
		},
	);
});

describe("termination", () => {
	test("is 204, and from then on there is nothing", async () => {
		const before = await leftBehind();
		const path = await client.begin(3 * PART_BYTES);
		await client.patch(path, 0, bytesOf(PART_BYTES + 100));
		expect((await client.request("DELETE", path)).status).toBe(204);
		expect((await client.head(path)).status).toBe(404);
		await expectProblem(await client.patch(path, 0, bytesOf(9)), 404, "not_found");
		expect(await leftBehind()).toEqual(before);
	});

	test("of a complete upload is refused: its conversion can be deleted", async () => {
		const path = await client.begin(30);
		await client.patch(path, 0, bytesOf(30));
		await expectProblem(await client.request("DELETE", path), 409, "upload_conflict");
		await expectStored(path, bytesOf(30));
	});
});
