import { beforeAll, expect, test } from "vitest";
import { videoMessage } from "#contracts/video-message.ts";
import { connect } from "#db/connect.ts";
import { usualLimits } from "../uploads/quota.ts";
import { VideoUpload } from "../uploads/video-upload.ts";
import { broken, bytesOf, inPieces } from "./bodies.ts";
import {
	bindings,
	expectProblem,
	leftBehind,
	recordingQueue,
	send,
	signUp,
	type TestUser,
	TINY_VIDEO,
	videoForm,
} from "./client.ts";

const PART_BYTES = 8 * 1024 * 1024;

let user: TestUser;
beforeAll(async () => {
	user = await signUp();
});

const upload = (body: BodyInit, headers: Record<string, string> = {}, replaced = {}) =>
	send("/upload", { method: "POST", headers: { ...user.auth, ...headers }, body }, replaced);

/** A multipart body as it goes over the wire, for what FormData would not send. */
const rawForm = (disposition: string, content = TINY_VIDEO, ending = "\r\n--b--\r\n") =>
	`--b\r\nContent-Disposition: ${disposition}\r\nContent-Type: video/mp4\r\n\r\n${content}${ending}`;
const rawFormType = { "content-type": "multipart/form-data; boundary=b" };

async function stored(id: string): Promise<Uint8Array | null> {
	const object = await bindings.VIDEOS.get(id);
	return object === null ? null : new Uint8Array(await object.arrayBuffer());
}

test("an upload answers 202 with the conversion and its Location", async () => {
	const response = await upload(videoForm(TINY_VIDEO, "holiday.mp4"));
	expect(response.status).toBe(202);
	const body = (await response.json()) as { id: string };
	expect(body).toMatchObject({
		status: "queued",
		filename: "holiday.mp4",
		options: { quality: "high" },
		source: { sizeBytes: TINY_VIDEO.length },
		output: null,
		error: null,
	});
	expect(response.headers.get("location")).toBe(`/conversions/${body.id}`);
});

test("an upload queues one message that carries all the transcoder may touch", async () => {
	const queue = recordingQueue();
	const response = await upload(
		videoForm(TINY_VIDEO, "Tür.mp4", { quality: "best" }),
		{},
		{
			VIDEO_QUEUE: queue,
		},
	);
	const { id } = (await response.json()) as { id: string };
	expect(queue.messages).toHaveLength(1);
	const message = videoMessage.parse(queue.messages[0]);
	expect(message).toMatchObject({
		conversionId: id,
		attempt: 1,
		options: { quality: "best" },
		source: { sizeBytes: TINY_VIDEO.length },
		target: {
			headers: {
				"content-disposition": `attachment; filename="T?r.mp3"; filename*=UTF-8''T%C3%BCr.mp3`,
			},
		},
		control: { url: `${bindings.PUBLIC_URL}/control/${id}` },
	});
	expect(new URL(message.source.url).pathname).toBe(`/videos/${id}`);
	expect(new URL(message.target.url).pathname).toBe(`/mp3s/${id}/1.mp3`);
});

test.each([1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 2 * PART_BYTES + 12_345])(
	"%i bytes arrive in R2 as they were sent",
	async (size) => {
		const bytes = bytesOf(size);
		const response = await upload(videoForm(bytes));
		const { id } = (await response.json()) as { id: string };
		const object = await stored(id);
		expect(object?.byteLength).toBe(size);
		expect(Buffer.compare(Buffer.from(object ?? []), Buffer.from(bytes))).toBe(0);
	},
);

test.each([1, 7, 4096])("a form in pieces of %i bytes arrives as it was sent", async (size) => {
	// Much that looks like the beginning of a boundary, and that a piece may end in.
	const content = `${TINY_VIDEO}${"\r\n--a\r\n-\r\n--".repeat(size === 1 ? 20 : 2000)}`;
	const body = rawForm('form-data; name="file"; filename="a.mp4"', content);
	const response = await upload(inPieces(new TextEncoder().encode(body), size), rawFormType);
	const { id } = (await response.json()) as { id: string };
	expect(new TextDecoder().decode((await stored(id)) ?? undefined)).toBe(content);
});

test("options may follow the file", async () => {
	const form = videoForm();
	form.append("quality", "standard");
	const response = await upload(form);
	expect(await response.json()).toMatchObject({ options: { quality: "standard" } });
});

test("the video may be the body, with its name and options in the query", async () => {
	const response = await send("/upload?filename=raw.webm&quality=best", {
		method: "POST",
		headers: { ...user.auth, "content-type": "video/webm" },
		body: bytesOf(PART_BYTES + 5),
	});
	expect(response.status).toBe(202);
	const body = (await response.json()) as { id: string };
	expect(body).toMatchObject({ filename: "raw.webm", options: { quality: "best" } });
	expect((await stored(body.id))?.byteLength).toBe(PART_BYTES + 5);
});

test.each([
	["../../etc/passwd", "passwd"],
	["C:\\videos\\clip.mp4", "clip.mp4"],
	["line\r\nbreak\0.mp4", "line break .mp4"],
	['quo"te.mp4', 'quo"te.mp4'],
	["🎵 música 音楽.mp4", "🎵 música 音楽.mp4"],
	["..", "video"],
	["", "video"],
	["exe\u202e4pm.cod", "exe 4pm.cod"],
	["<b>bold</b>.mp4", "b>.mp4"],
	[`${"long".repeat(100)}.mp4`, `${"long".repeat(29)}.mp4`],
])("the file name %j is kept as %j", async (name, kept) => {
	const response = await upload(videoForm(TINY_VIDEO, name));
	expect(await response.json()).toMatchObject({ filename: kept });
});

test("a file name in raw UTF-8, as browsers send it, is understood", async () => {
	const body = rawForm('form-data; name="file"; filename="caf\u00e9 \u{1f3b5}%22.mp4"');
	const response = await upload(body, rawFormType);
	expect(await response.json()).toMatchObject({ filename: 'café 🎵".mp4' });
});

test("when the queue does not answer, the upload still counts", async () => {
	const VIDEO_QUEUE = {
		...bindings.VIDEO_QUEUE,
		send: () => Promise.reject(new Error("the queue is down")),
	} as Queue;
	const response = await upload(videoForm(), {}, { VIDEO_QUEUE });
	expect(response.status).toBe(202);
	expect(await response.json()).toMatchObject({ status: "queued" });
});

const twoFiles = () => {
	const form = videoForm();
	form.append("file", new File(["more"], "more.mp4"));
	return form;
};
const otherField = () => {
	const form = new FormData();
	form.append("video", new File(["abc"], "a.mp4"));
	return form;
};
const onlyFields = () => {
	const form = new FormData();
	form.append("quality", "high");
	return form;
};

test.each<[string, number, string, () => BodyInit, Record<string, string>?]>([
	["an empty file", 400, "empty_file", () => videoForm("")],
	["a form without a file", 400, "missing_file", onlyFields],
	["a file in another field", 400, "missing_file", otherField],
	["two files", 400, "invalid_form", twoFiles],
	[
		"an unknown option",
		400,
		"invalid_options",
		() => videoForm(TINY_VIDEO, "a.mp4", { qualty: "best" }),
	],
	[
		"a wrong option",
		400,
		"invalid_options",
		() => videoForm(TINY_VIDEO, "a.mp4", { quality: "8k" }),
	],
	[
		"an option named like a prototype",
		400,
		"invalid_options",
		() => videoForm(TINY_VIDEO, "a.mp4", { __proto__x: "1", constructor: "x" }),
	],
	[
		"an option of 1 MB",
		400,
		"invalid_form",
		() => videoForm(TINY_VIDEO, "a.mp4", { quality: "x".repeat(1e6) }),
	],
	[
		"a form without a boundary",
		400,
		"invalid_form",
		() => "abc",
		{ "content-type": "multipart/form-data" },
	],
	[
		"a form that ends early",
		400,
		"invalid_form",
		() => rawForm('form-data; name="file"; filename="a"', "abc", ""),
		rawFormType,
	],
	["a form cut in its headers", 400, "invalid_form", () => "--b\r\nContent-Disp", rawFormType],
	[
		"a malformed filename*",
		400,
		"invalid_form",
		() => rawForm("form-data; name=\"file\"; filename*=UTF-8''%ff%zz"),
		rawFormType,
	],
	["a form of garbage", 400, "invalid_form", () => "garbage".repeat(1000), rawFormType],
	[
		"a thousand parts",
		400,
		"invalid_form",
		() => `${rawForm('form-data; name="quality"', "high", "\r\n").repeat(1000)}--b--`,
		rawFormType,
	],
	["text", 415, "unsupported_media_type", () => "abc", { "content-type": "text/plain" }],
	["text that calls itself a video", 415, "unsupported_media_type", () => videoForm("abc")],
	[
		"text in any script",
		415,
		"unsupported_media_type",
		() => videoForm("音楽を聴く ☂\r\n".repeat(1000)),
	],
	["a playlist", 415, "unsupported_media_type", () => videoForm("#EXTM3U\nfile:///etc/passwd\n")],
	[
		"a concat script",
		415,
		"unsupported_media_type",
		() => videoForm("ffconcat version 1.0\nfile /etc/passwd\n"),
	],
	[
		"a playlist as the body",
		415,
		"unsupported_media_type",
		() => `#EXTM3U\n${"http://10.0.0.1/a.ts\n".repeat(1_000_000)}`,
		{ "content-type": "video/mp4" },
	],
	["a PDF", 415, "unsupported_media_type", () => videoForm("%PDF-1.7\n\0\x01")],
	["a ZIP", 415, "unsupported_media_type", () => videoForm("PK\x03\x04\x14\0\0\0\0\0".repeat(9))],
	["a program", 415, "unsupported_media_type", () => videoForm("\x7fELF\x02\x01\x01\0")],
	["a GIF", 415, "unsupported_media_type", () => videoForm("GIF89a\x01\0\x01\0")],
	["an AVIF", 415, "unsupported_media_type", () => videoForm("\0\0\0\x18ftypavif\0\0\0\0avif")],
	["a file over the limit", 413, "payload_too_large", () => videoForm(bytesOf(20_000_001))],
	[
		"a body over the limit",
		413,
		"payload_too_large",
		() => bytesOf(20_000_001),
		{ "content-type": "video/mp4" },
	],
])("%s is %i %s and leaves nothing behind", async (_, status, code, body, headers) => {
	const before = await leftBehind();
	await expectProblem(await upload(body(), headers), status, code);
	expect(await leftBehind()).toEqual(before);
});

test.each([1000, 2 * PART_BYTES + 1])(
	"a connection that breaks after %i bytes of more leaves nothing behind",
	async (sizeBytes) => {
		const before = await leftBehind();
		const type = { "content-type": "video/mp4", "content-length": String(sizeBytes + 1000) };
		await expectProblem(await upload(broken(bytesOf(sizeBytes)), type), 400, "upload_interrupted");
		expect(await leftBehind()).toEqual(before);
	},
);

test.each([1, 1000, PART_BYTES + 5])(
	"a body of %i bytes that tells its length arrives as it was sent",
	async (size) => {
		const bytes = bytesOf(size);
		const type = { "content-type": "video/mp4", "content-length": String(size) };
		const { id } = (await (await upload(bytes, type)).json()) as { id: string };
		const object = await stored(id);
		expect(Buffer.compare(Buffer.from(object ?? []), Buffer.from(bytes))).toBe(0);
	},
);

test("text that tells its length is refused all the same", async () => {
	const before = await leftBehind();
	const type = { "content-type": "video/mp4", "content-length": "9000" };
	await expectProblem(await upload("x".repeat(9000), type), 415, "unsupported_media_type");
	expect(await leftBehind()).toEqual(before);
});

test.each([1000, 2 * PART_BYTES + 1])(
	"a connection that breaks after %i bytes leaves nothing behind",
	async (sizeBytes) => {
		const before = await leftBehind();
		const { VIDEOS, opened } = watchedBucket();
		const type = { "content-type": "video/mp4" };
		const response = await upload(broken(bytesOf(sizeBytes)), type, { VIDEOS });
		await expectProblem(response, 400, "upload_interrupted");
		expect(await leftBehind()).toEqual(before);
		expect(opened).toHaveLength(sizeBytes > PART_BYTES ? 1 : 0);
		for (const { key, uploadId } of opened) {
			const multipart = bindings.VIDEOS.resumeMultipartUpload(key, uploadId);
			await expect(multipart.uploadPart(3, "more")).rejects.toThrow();
		}
	},
);

/** The bucket, with a list of the multipart uploads that were opened in it. */
function watchedBucket(): { VIDEOS: R2Bucket; opened: R2MultipartUpload[] } {
	const opened: R2MultipartUpload[] = [];
	const VIDEOS = new Proxy(bindings.VIDEOS, {
		get(target, name) {
			if (name !== "createMultipartUpload") return Reflect.get(target, name).bind(target);
			return async (key: string) => {
				const multipart = await target.createMultipartUpload(key);
				opened.push(multipart);
				return multipart;
			};
		},
	});
	return { VIDEOS, opened };
}

test("an upload that was swept while it ran leaves no object behind", async () => {
	const before = await leftBehind();
	let isFirst = true;
	const body = new ReadableStream({
		type: "bytes",
		async pull(controller) {
			if (!isFirst) {
				await bindings.DB.exec("delete from conversions where status = 'uploading'");
				return controller.close();
			}
			controller.enqueue(bytesOf(1000));
			isFirst = false;
		},
	});
	const response = await upload(body, { "content-type": "video/mp4" });
	await expectProblem(response, 400, "upload_interrupted");
	expect(await leftBehind()).toEqual(before);
});

test("an upload that is queued keeps its video, even when D1's answer got lost", async () => {
	const db = connect(bindings.DB);
	const userId = user.id as `usr_${string}`;
	const limits = usualLimits(bindings);
	const reception = {
		db,
		bucket: bindings.VIDEOS,
		userId,
		limits,
		maxBytes: 20_000_000,
		announcedBytes: null,
		exactBytes: null,
		declaredSha256: null,
	};
	const video = (await VideoUpload.begin(reception, "kept.mp4")) ?? expect.fail();
	await video.write(bytesOf(1000));
	const conversion = await video.finish({ sha256: "ab".repeat(32), options: { quality: "high" } });
	// What the gateway does when it has not heard of that.
	await video.abandon();
	expect((await stored(conversion?.id ?? ""))?.byteLength).toBe(1000);
	expect(conversion?.status).toBe("queued");
});

test("when R2 refuses a part, the answer is 503 and nothing stays behind", async () => {
	const before = await leftBehind();
	const real = bindings.VIDEOS;
	const VIDEOS = new Proxy(real, {
		get(target, name) {
			if (name !== "createMultipartUpload") return Reflect.get(target, name).bind(target);
			return async (key: string) => {
				const multipart = await real.createMultipartUpload(key);
				return {
					uploadId: multipart.uploadId,
					uploadPart: () => Promise.reject(new Error("R2 is down")),
					abort: () => multipart.abort(),
				};
			};
		},
	});
	const response = await upload(
		bytesOf(2 * PART_BYTES + 1),
		{ "content-type": "video/mp4" },
		{ VIDEOS },
	);
	await expectProblem(response, 503, "storage_unavailable");
	expect(await leftBehind()).toEqual(before);
});

test("an upload needs a token, and nothing of it is read without one", async () => {
	const before = await leftBehind();
	const response = await send("/upload", { method: "POST", body: videoForm() });
	await expectProblem(response, 401, "unauthenticated");
	expect(await leftBehind()).toEqual(before);
});
