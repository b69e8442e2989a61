import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { PART_BYTES } from "../limits.ts";
import { bytesOf, heldBack } from "./bodies.ts";
import { bindings, expectProblem, leftBehind, post, send } from "./client.ts";
import { row } from "./lifecycle.ts";
import {
	addressOf,
	expectStored,
	idOf,
	metadata,
	OFFSET,
	type TusClient,
	tusClient,
} from "./tus-client.ts";

/*
 * What becomes of resumable uploads here, whatever goes wrong. How they are spoken of is the protocol's
 * matter: tus.test.ts.
 */

let client: TusClient;
beforeEach(async () => {
	client = await tusClient();
});

describe("what comes of it", () => {
	test("a conversion under the upload's id, with its name and options, queued once", async () => {
		const options = JSON.stringify({ quality: "voice", title: "☂" });
		const path = await client.begin(100, metadata({ filename: "../Tür.mp4", options }));
		const shown = async () =>
			(await (
				await client.request("GET", `/conversions/${idOf(path)}`)
			).json()) as ConversionDocument;
		expect(await shown()).toMatchObject({ status: "uploading", source: { sizeBytes: 100 } });
		await client.patch(path, 0, bytesOf(100));
		expect(await shown()).toMatchObject({
			status: "queued",
			filename: "Tür.mp4",
			options: { quality: "voice", title: "☂" },
			source: { sizeBytes: 100 },
		});
		expect(client.queue.messages).toHaveLength(1);
	});

	test.each([
		[1, 100],
		[3, PART_BYTES],
		[5, 2 * PART_BYTES + 12_345],
	])("%i requests of %i bytes each arrive in R2 as they were sent", async (count, size) => {
		const bytes = bytesOf(count * size);
		const path = await client.begin(bytes.byteLength);
		for (let index = 0; index < count; index++) {
			const response = await client.patch(
				path,
				index * size,
				bytes.slice(index * size, (index + 1) * size),
			);
			expect(response.status).toBe(204);
		}
		await expectStored(path, bytes);
		expect((await bindings.VIDEOS.list({ prefix: idOf(path) })).objects).toHaveLength(1);
		expect(client.queue.messages).toHaveLength(1);
	});

	test.each(["{", '{"quality":"loud"}', '"high"', '{"colour":"red"}'])(
		"options %j are refused before anything is uploaded",
		async (options) => {
			const before = await leftBehind();
			await expectProblem(await client.create(100, metadata({ options })), 400, "invalid_options");
			expect(await leftBehind()).toEqual(before);
		},
	);

	test("an empty upload is refused", async () => {
		await expectProblem(await client.create(0), 400, "empty_file");
	});

	test("what is no video is refused with its first bytes, and nothing stays behind", async () => {
		const before = await leftBehind();
		const path = await client.begin(10_000_000);
		await client.patch(path, 0, "#EXTM3U\n".repeat(100));
		const response = await client.patch(path, 800, "http://10.0.0.1/a.ts\n".repeat(1000));
		await expectProblem(response, 415, "unsupported_media_type");
		expect((await client.head(path)).status).toBe(404);
		expect(await leftBehind()).toEqual(before);
	});

	test("it counts against what its owner may have, from its beginning", async () => {
		const settings = { MAX_IN_FLIGHT: 1 };
		const headers = { "upload-length": "100" };
		expect((await client.request("POST", "/uploads", headers, undefined, settings)).status).toBe(
			201,
		);
		const second = await client.request("POST", "/uploads", headers, undefined, settings);
		expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(0);
		await expectProblem(second, 429, "too_many_conversions");
		const full = { MAX_STORED_BYTES: 199 };
		const third = await client.request("POST", "/uploads", headers, undefined, full);
		await expectProblem(third, 507, "storage_full");
	});

	test("a SHA-256 that was sent along finds it again, for its owner", async () => {
		const digest = await crypto.subtle.digest("SHA-256", bytesOf(100));
		const sha256 = new Uint8Array(digest).toHex();
		const path = await client.begin(100, metadata({ sha256 }));
		await client.patch(path, 0, bytesOf(100));
		const found = await send("/conversions", post({ sha256 }, client.user.auth));
		expect(await found.json()).toMatchObject({ id: idOf(path) });
	});
});

describe("whatever goes wrong", () => {
	test("of two clients on one upload the later one goes on, and the earlier one changes nothing", async () => {
		const bytes = bytesOf(2 * PART_BYTES);
		const path = await client.begin(bytes.byteLength);
		const wrong = new Uint8Array(PART_BYTES).fill(0xff);
		const { body, isRead, letGo } = heldBack(bytes.slice(0, 1000), wrong);
		const earlier = client.patch(path, 0, body);
		await isRead;
		const later = await client.patch(path, 0, bytes);
		expect(later.status).toBe(204);
		letGo();
		await expectProblem(await earlier, 409, "upload_conflict");
		await expectStored(path, bytes);
		expect(client.queue.messages).toHaveLength(1);
	});

	test.each([100, PART_BYTES])(
		"what was taken over changes nothing by %i late bytes, while the upload goes on",
		async (lateBytes) => {
			const bytes = bytesOf(2 * PART_BYTES);
			const path = await client.begin(bytes.byteLength);
			const wrong = new Uint8Array(lateBytes).fill(0xff);
			const { body, isRead, letGo } = heldBack(bytes.slice(0, 1000), wrong);
			const earlier = client.patch(path, 0, body);
			await isRead;
			expect(await client.offsetOf(path)).toBe(0);
			await client.patch(path, 0, bytes.slice(0, 500));
			letGo();
			await expectProblem(await earlier, 409, "upload_conflict");
			expect(await client.offsetOf(path)).toBe(500);
			await client.patch(path, 500, bytes.slice(500));
			await expectStored(path, bytes);
			expect((await bindings.VIDEOS.list({ prefix: idOf(path) })).objects).toHaveLength(1);
		},
	);

	test("ten finishing requests at once queue one conversion", async () => {
		const bytes = bytesOf(100);
		const path = await client.begin(100);
		await client.patch(path, 0, bytes.subarray(0, 50));
		const responses = await Promise.all(
			Array.from({ length: 10 }, () => client.patch(path, 50, bytes.slice(50))),
		);
		const statuses = responses.map(({ status }) => status);
		expect(statuses).toContain(204);
		expect(statuses.every((status) => status === 204 || status === 409)).toBe(true);
		await expectStored(path, bytes);
		expect(client.queue.messages).toHaveLength(1);
	});

	/** Uploads everything, while R2 cannot put parts together. */
	async function uploadWithoutEnd(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
		const path = await client.begin(bytes.byteLength);
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
		const response = await client.request("PATCH", path, headers, bytes, { VIDEOS });
		await expectProblem(response, 503, "storage_unavailable");
		expect(client.queue.messages).toHaveLength(0);
		return path;
	}

	test("an upload whose end failed is ended by whoever asks how far it is", async () => {
		const bytes = bytesOf(PART_BYTES + 100);
		const path = await uploadWithoutEnd(bytes);
		expect(await client.offsetOf(path)).toBe(bytes.byteLength);
		expect(client.queue.messages).toHaveLength(1);
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
		const path = await client.begin(3 * PART_BYTES);
		await client.patch(path, 0, bytesOf(PART_BYTES + 100));
		const deleted = await send(`/conversions/${idOf(path)}`, {
			method: "DELETE",
			headers: client.user.auth,
		});
		expect(deleted.status).toBe(204);
		await expectProblem(await client.patch(path, PART_BYTES + 100, bytesOf(9)), 404, "not_found");
		expect(await leftBehind()).toEqual(before);
	});

	test("a stranger sees, changes and stops nothing", async () => {
		const path = await client.begin(100);
		await client.patch(path, 0, bytesOf(30));
		const stranger = await tusClient();
		expect((await stranger.head(path)).status).toBe(404);
		await expectProblem(await stranger.patch(path, 30, bytesOf(70)), 404, "not_found");
		await expectProblem(await stranger.request("DELETE", path), 404, "not_found");
		expect(await client.offsetOf(path)).toBe(30);
	});

	test("nobody uploads without a token", async () => {
		const path = await client.begin(100);
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
