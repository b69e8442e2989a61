import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { videoMessage } from "#contracts/video-message.ts";
import { IDEMPOTENCY_KEPT_MS, IDEMPOTENCY_LOCK_MS } from "../limits.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import { broken, bytesOf } from "./bodies.ts";
import {
	bindings,
	expectProblem,
	leftBehind,
	post,
	recordingQueue,
	send,
	signUp,
	type TestUser,
	TINY_VIDEO,
	videoForm,
} from "./client.ts";
import { convert, db } from "./lifecycle.ts";

/** What is sent twice counts once; what has been converted is not uploaded again. */

let user: TestUser;
let queue: ReturnType<typeof recordingQueue>;
beforeEach(async () => {
	user = await signUp();
	queue = recordingQueue();
});

const KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"';
const OTHER_VIDEO = `${TINY_VIDEO}!`;

const upload = (key: string, body: BodyInit = videoForm(), headers: Record<string, string> = {}) =>
	send(
		"/upload",
		{ method: "POST", headers: { ...user.auth, "idempotency-key": key, ...headers }, body },
		{ VIDEO_QUEUE: queue },
	);
const idOf = async (response: Response) => ((await response.json()) as ConversionDocument).id;

describe("an upload with an Idempotency-Key", () => {
	test("that is sent again is the same conversion, and is queued once", async () => {
		const first = await upload(KEY);
		const before = await leftBehind();
		const second = await upload(KEY);
		expect([first.status, second.status]).toEqual([202, 202]);
		const id = await idOf(first);
		expect(await idOf(second)).toBe(id);
		expect(second.headers.get("location")).toBe(`/conversions/${id}`);
		expect(queue.messages).toHaveLength(1);
		expect(await leftBehind()).toEqual(before);
	});

	test("is the same with its fields in another order, and the key without quotes", async () => {
		const form = videoForm(TINY_VIDEO, "a.mp4", { quality: "best", title: "x" });
		const turned = new FormData();
		for (const [name, value] of [...form].reverse()) turned.append(name, value);
		const id = await idOf(await upload(KEY, form));
		expect(await idOf(await upload(KEY.replaceAll('"', ""), turned))).toBe(id);
	});

	test("is told of what has become of it since", async () => {
		const id = await idOf(await upload(KEY));
		await convert(videoMessage.parse(queue.messages[0]));
		expect(await (await upload(KEY)).json()).toMatchObject({ id, status: "done" });
	});

	test.each<[string, () => FormData]>([
		["another video", () => videoForm(OTHER_VIDEO)],
		["another name", () => videoForm(TINY_VIDEO, "other.mp4")],
		["other options", () => videoForm(TINY_VIDEO, "holiday.mp4", { quality: "best" })],
		["no file", () => new FormData()],
	])("cannot be sent again with %s", async (_, form) => {
		await upload(KEY);
		await expectProblem(await upload(KEY, form()), 422, "idempotency_key_reused");
	});

	test("whose repetition breaks off was not another one, and can be repeated again", async () => {
		const raw = { "content-type": "video/mp4" };
		const id = await idOf(await upload(KEY, bytesOf(1000), raw));
		const response = await upload(KEY, broken(bytesOf(500)), raw);
		await expectProblem(response, 400, "upload_interrupted");
		const cut = upload(KEY, "--b\r\nContent-Disp", {
			"content-type": "multipart/form-data; boundary=b",
		});
		await expectProblem(await cut, 400, "invalid_form");
		expect(await idOf(await upload(KEY, bytesOf(1000), raw))).toBe(id);
	});

	test("is nobody else's", async () => {
		const id = await idOf(await upload(KEY));
		user = await signUp();
		expect(await idOf(await upload(KEY))).not.toBe(id);
	});

	test("that was refused has used up nothing", async () => {
		await expectProblem(await upload(KEY, videoForm("")), 400, "empty_file");
		expect((await upload(KEY)).status).toBe(202);
	});

	test("at once ten times is one conversion", async () => {
		const responses = await Promise.all(Array.from({ length: 10 }, () => upload(KEY)));
		const statuses = responses.map(({ status }) => status);
		expect(statuses).toContain(202);
		expect(statuses.every((status) => status === 202 || status === 409)).toBe(true);
		expect(queue.messages).toHaveLength(1);
	});

	test("is busy while it is under way, and free again when its Worker has died", async () => {
		const take = (lockedUntilMs: number) =>
			bindings.DB.prepare("insert or replace into idempotency_keys values (?, ?, ?, null, null, ?)")
				.bind(user.id, KEY.replaceAll('"', ""), lockedUntilMs, Date.now())
				.run();
		await take(Date.now() + IDEMPOTENCY_LOCK_MS);
		await expectProblem(await upload(KEY), 409, "idempotency_key_busy");
		await take(Date.now() - 1);
		expect((await upload(KEY)).status).toBe(202);
	});

	test("is forgotten after a day", async () => {
		const id = await idOf(await upload(KEY));
		await runWatchdog(bindings, db, Date.now() + IDEMPOTENCY_KEPT_MS - 60_000);
		expect(await idOf(await upload(KEY))).toBe(id);
		await runWatchdog(bindings, db, Date.now() + IDEMPOTENCY_KEPT_MS + 1000);
		expect(await idOf(await upload(KEY))).not.toBe(id);
	});

	test.each(["", '""', "a b", "x".repeat(256), "ümlaut", '"'])(
		"cannot have the key %j",
		async (key) => {
			const encoded = new TextDecoder("latin1").decode(new TextEncoder().encode(key));
			await expectProblem(await upload(encoded), 400, "invalid_idempotency_key");
		},
	);
});

describe("another try with an Idempotency-Key", () => {
	const retry = (id: string, options?: object, key = KEY) =>
		send(
			`/conversions/${id}/retry`,
			post(options === undefined ? {} : { options }, { ...user.auth, "idempotency-key": key }),
			{ VIDEO_QUEUE: queue },
		);
	const cancelled = async () => {
		const id = await idOf(await upload("1"));
		await send(`/conversions/${id}/cancel`, { method: "POST", headers: user.auth });
		return id;
	};

	test("that is asked for again is the same try, whatever has become of it", async () => {
		const id = await cancelled();
		const first = await retry(id);
		expect(await (await retry(id)).json()).toEqual(await first.json());
		expect(queue.messages.map((sent) => videoMessage.parse(sent).attempt)).toEqual([1, 2]);
		await convert(videoMessage.parse(queue.messages[1]));
		const again = await retry(id);
		expect([again.status, await again.json()]).toEqual([
			202,
			expect.objectContaining({ id, status: "done" }),
		]);
		expect(queue.messages).toHaveLength(2);
	});

	test("cannot be asked for again with other options, or of another conversion", async () => {
		const [id, other] = [await cancelled(), await idOf(await upload("2"))];
		await retry(id);
		await expectProblem(await retry(id, { quality: "best" }), 422, "idempotency_key_reused");
		await expectProblem(await retry(other), 422, "idempotency_key_reused");
	});

	test("that was refused has used up nothing", async () => {
		const id = await idOf(await upload("1"));
		await expectProblem(await retry(id), 409, "conversion_not_restartable");
		await send(`/conversions/${id}/cancel`, { method: "POST", headers: user.auth });
		expect((await retry(id)).status).toBe(202);
	});

	test("ten times at once is one", async () => {
		const id = await cancelled();
		const responses = await Promise.all(Array.from({ length: 10 }, () => retry(id)));
		const statuses = responses.map(({ status }) => status);
		expect(statuses).toContain(202);
		expect(statuses.every((status) => status === 202 || status === 409)).toBe(true);
		expect(queue.messages).toHaveLength(2);
	});

	test("cannot have a key that cannot be read", async () => {
		const response = await retry(await cancelled(), undefined, "a b");
		await expectProblem(response, 400, "invalid_idempotency_key");
	});
});

async function sha256(text: string): Promise<Uint8Array> {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

describe("a digest", () => {
	const digestOf = async (text: string) => `sha-256=:${(await sha256(text)).toBase64()}:`;
	const raw = async (header: string, digest: string) =>
		send("/upload?filename=a.mp4", {
			method: "POST",
			headers: { ...user.auth, "content-type": "video/mp4", [header]: digest },
			body: TINY_VIDEO,
		});

	test.each(["content-digest", "repr-digest"])("that is right is accepted: %s", async (header) => {
		const digest = `md5=:AAAAAAAAAAAAAAAAAAAAAA==:, ${await digestOf(TINY_VIDEO)}`;
		expect((await raw(header, digest)).status).toBe(202);
	});

	test("that is wrong is refused, and nothing stays behind", async () => {
		const before = await leftBehind();
		const response = await raw("content-digest", await digestOf("something else"));
		await expectProblem(response, 400, "digest_mismatch");
		expect(await leftBehind()).toEqual(before);
	});

	test("of another algorithm is ignored", async () => {
		expect((await raw("content-digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:")).status).toBe(202);
	});
});

describe("a video that is known by its SHA-256", () => {
	const ask = async (options?: object, of = TINY_VIDEO) =>
		send("/conversions", post({ sha256: (await sha256(of)).toHex(), options }, user.auth));

	test("need not be uploaded again, whatever its name", async () => {
		const id = await idOf(await upload("1"));
		expect(await (await ask()).json()).toMatchObject({ id, status: "queued" });
		expect(await (await ask({ quality: "high" })).json()).toMatchObject({ id });
		await convert(videoMessage.parse(queue.messages[0]));
		expect(await (await ask()).json()).toMatchObject({ id, status: "done" });
	});

	test("is found with the same options, however they were written", async () => {
		const form = videoForm(TINY_VIDEO, "a.mp4", { title: "x", bitrateKbps: "128" });
		const id = await idOf(await upload("1", form));
		expect(await idOf(await ask({ bitrateKbps: 128, title: " x " }))).toBe(id);
	});

	test("is unknown with other options, another hash, to others, and when it came to nothing", async () => {
		const id = await idOf(await upload("1"));
		await expectProblem(await ask({ quality: "best" }), 404, "video_unknown");
		await expectProblem(await ask({}, OTHER_VIDEO), 404, "video_unknown");
		await send(`/conversions/${id}/cancel`, { method: "POST", headers: user.auth });
		await expectProblem(await ask(), 404, "video_unknown");
		await upload("2");
		expect((await ask()).status).toBe(200);
		user = await signUp();
		await expectProblem(await ask(), 404, "video_unknown");
	});

	test.each([{}, { sha256: "ab" }, { sha256: "g".repeat(64) }, { sha256: "a".repeat(64), x: 1 }])(
		"cannot be asked for with %j",
		async (body) => {
			await expectProblem(await send("/conversions", post(body, user.auth)), 400, "invalid_body");
		},
	);
});
