import { beforeAll, expect, test } from "vitest";
import { expectProblem, send, signUp, type TestUser, uploadVideo } from "./client.ts";
import { convert } from "./lifecycle.ts";

const MP3 = "0123456789";

let user: TestUser;
let path: string;
let etag: string;

beforeAll(async () => {
	user = await signUp();
	const { id, message } = await uploadVideo(user, 'caf\u00e9 "live".mp4');
	await convert(message, MP3);
	path = `/download?fid=${id}`;
	etag = (await download()).headers.get("etag") ?? "";
});

const download = (headers: Record<string, string> = {}, method = "GET") =>
	send(path, { method, headers: { ...user.auth, ...headers } });

/** The body as text, which the runtime rightly doubts that audio is. */
const text = async (response: Response) => new TextDecoder().decode(await response.arrayBuffer());

test("the owner gets the whole MP3 with its type, size, tag and name", async () => {
	const response = await download();
	expect(response.status).toBe(200);
	expect(await text(response)).toBe(MP3);
	expect(Object.fromEntries(response.headers)).toMatchObject({
		"accept-ranges": "bytes",
		"cache-control": "private, no-cache",
		"content-disposition": `attachment; filename="caf? \\"live\\".mp3"; filename*=UTF-8''caf%C3%A9%20%22live%22.mp3`,
		"content-length": "10",
		"content-type": "audio/mpeg",
		etag: expect.stringMatching(/^".+"$/),
		"x-content-type-options": "nosniff",
	});
});

test.each([
	["bytes=0-0", "0", "bytes 0-0/10"],
	["bytes=2-5", "2345", "bytes 2-5/10"],
	["bytes=7-", "789", "bytes 7-9/10"],
	["bytes=7-1000", "789", "bytes 7-9/10"],
	["bytes=-3", "789", "bytes 7-9/10"],
	["bytes=-1000", MP3, "bytes 0-9/10"],
	["bytes=0-", MP3, "bytes 0-9/10"],
])("Range %s is 206 with those bytes", async (range, bytes, contentRange) => {
	const response = await download({ range });
	expect(response.status).toBe(206);
	expect(await text(response)).toBe(bytes);
	expect(response.headers.get("content-range")).toBe(contentRange);
	expect(response.headers.get("content-length")).toBe(String(bytes.length));
});

test.each(["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=99999999999999999999-"])(
	"Range %s is 416 and tells the size",
	async (range) => {
		const response = await download({ range });
		expect(response.headers.get("content-range")).toBe("bytes */10");
		await expectProblem(response, 416, "range_not_satisfiable");
	},
);

test.each(["bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=", "bytes=-", "bytes=a-b", "0-1"])(
	"Range %j is ignored, as RFC 9110 allows",
	async (range) => {
		const response = await download({ range });
		expect(response.status).toBe(200);
		expect(await text(response)).toBe(MP3);
	},
);

test("HEAD answers as GET does, without the bytes", async () => {
	const response = await download({}, "HEAD");
	expect(response.status).toBe(200);
	expect(response.headers.get("content-length")).toBe("10");
	expect(await text(response)).toBe("");
});

test("what the client has already is 304, what has changed is not", async () => {
	const same = await download({ "if-none-match": etag });
	expect(same.status).toBe(304);
	expect(same.headers.get("etag")).toBe(etag);
	expect((await download({ "if-none-match": '"other"' })).status).toBe(200);
});

test("If-Match with another tag is 412", async () => {
	await expectProblem(await download({ "if-match": '"other"' }), 412, "precondition_failed");
	expect((await download({ "if-match": etag })).status).toBe(200);
});

test("If-Range gives the part of the same version and the whole of another", async () => {
	const range = "bytes=2-5";
	expect(await text(await download({ range, "if-range": etag }))).toBe("2345");
	expect(await text(await download({ range, "if-range": '"other"' }))).toBe(MP3);
});

test("a download needs a token", async () => {
	await expectProblem(await send(path), 401, "unauthenticated");
});

test("a conversion that is not done is 409", async () => {
	const { id } = await uploadVideo(user);
	const response = await send(`/download?fid=${id}`, { headers: user.auth });
	await expectProblem(response, 409, "conversion_not_done");
});
