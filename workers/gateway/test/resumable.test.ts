import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { IDEMPOTENCY_SHORT_LOCK_MS, PART_BYTES } from "../limits.ts";
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

describe("begun with an Idempotency-Key", () => {
	const KEY = { "idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };
	const named = { ...KEY, ...metadata({ filename: "a.mp4", options: "{}" }) };

	test("and again, it is the same upload", async () => {
		const path = await client.begin(100, named);
		await client.patch(path, 0, bytesOf(30));
		const before = await leftBehind();
		const turned = { ...KEY, ...metadata({ options: "{}", filename: "a.mp4" }) };
		const again = await client.create(100, turned);
		expect([again.status, addressOf(again)]).toEqual([201, path]);
		expect(again.headers.get("upload-expires")).toMatch(/ GMT$/);
		expect(await leftBehind()).toEqual(before);
		expect(await client.offsetOf(path)).toBe(30);
	});

	test("and again when it has come to its end, it is the same upload still", async () => {
		const path = await client.begin(100, named);
		await client.patch(path, 0, bytesOf(100));
		expect(addressOf(await client.create(100, named))).toBe(path);
		expect(await client.offsetOf(path)).toBe(100);
		expect(client.queue.messages).toHaveLength(1);
	});

	test("and again with bytes, it tells how many there are, and stores none of them twice", async () => {
		const bytes = bytesOf(100);
		const headers = { ...named, "content-type": OFFSET };
		const first = await client.create(100, headers, bytes.slice(0, 60));
		const again = await client.create(100, headers, bytes.slice(0, 60));
		expect([again.status, again.headers.get("upload-offset")]).toEqual([201, "60"]);
		expect(addressOf(again)).toBe(addressOf(first));
		await client.patch(addressOf(first), 60, bytes.slice(60));
		await expectStored(addressOf(first), bytes);
	});

	test.each<[string, number, Record<string, string>]>([
		["length", 101, named],
		["name", 100, { ...KEY, ...metadata({ filename: "b.mp4", options: "{}" }) }],
		["metadata", 100, KEY],
	])("and again with another %s, it is refused", async (_, lengthBytes, headers) => {
		await client.begin(100, named);
		const before = await leftBehind();
		const response = await client.create(lengthBytes, headers);
		await expectProblem(response, 422, "idempotency_key_reused");
		expect(await leftBehind()).toEqual(before);
	});

	test("that belongs to an upload of another kind, it is refused", async () => {
		const headers = { ...client.user.auth, ...KEY, "content-type": "video/mp4" };
		await send("/upload", { method: "POST", headers, body: bytesOf(100) });
		await expectProblem(await client.create(100, KEY), 422, "idempotency_key_reused");
	});

	test("ten times at once, it is one upload", async () => {
		const { rows } = await leftBehind();
		const responses = await Promise.all(
			Array.from({ length: 10 }, () => client.create(100, named)),
		);
		const statuses = responses.map(({ status }) => status);
		expect(statuses).toContain(201);
		expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
		expect((await leftBehind()).rows).toBe(rows + 1);
	});

	test("that another request holds, it is a conflict, until that one must have died", async () => {
		const hold = (untilMs: number) =>
			bindings.DB.prepare("insert or replace into idempotency_keys values (?, ?, ?, null, null, ?)")
				.bind(client.user.id, KEY["idempotency-key"].replaceAll('"', ""), untilMs, Date.now())
				.run();
		await hold(Date.now() + IDEMPOTENCY_SHORT_LOCK_MS);
		await expectProblem(await client.create(100, named), 409, "idempotency_key_busy");
		await hold(Date.now() - 1);
		expect((await client.create(100, named)).status).toBe(201);
	});

	test("and refused, or given up, its key is free", async () => {
		await expectProblem(await client.create(0, named), 400, "empty_file");
		const full = { MAX_STORED_BYTES: 99 };
		const headers = { "upload-length": "100", ...named };
		const refused = await client.request("POST", "/uploads", headers, undefined, full);
		await expectProblem(refused, 507, "storage_full");
		const path = await client.begin(100, named);
		await client.request("DELETE", path);
		expect(await client.begin(100, named)).not.toBe(path);
	});

	test("by somebody else, it is another upload", async () => {
		const path = await client.begin(100, named);
		expect(await (await tusClient()).begin(100, named)).not.toBe(path);
	});

	test("that cannot be read, it is refused", async () => {
		const response = await client.create(100, { "idempotency-key": "a b" });
		await expectProblem(response, 400, "invalid_idempotency_key");
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
