import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getConversion, upload } from "../local/client.ts";
import { awaitMail, mailsTo } from "../local/mailbox.ts";
import { presign } from "../storage/presign.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type User } from "./earshot.ts";
import { inspectMp3 } from "./mp3-file.ts";

/*
 * The whole way, with nothing replaced: HTTP in, ffmpeg, mail out, MP3 out.
 */

let earshot: Earshot;
let user: User;

beforeAll(async () => {
	earshot = await startEarshot();
	earshot.startTranscoder();
	user = await earshot.newUser();
});
afterAll(() => earshot?.close());

/** Uploads a file and waits until it is done or failed and its owner has been told. */
async function convert(path: string, filename?: string) {
	const { id } = await upload(earshot.url, user.token, path, filename);
	const mail = await awaitMail(earshot.url, user.email, id, AbortSignal.timeout(50_000));
	const conversion = await getConversion(earshot.url, user.token, id);
	return { id, mail, conversion };
}

const linkIn = (text: string | undefined) =>
	/https?:\S+X-Amz-Signature=\w+/.exec(text ?? "")?.[0] ?? "";

async function objectsOf(id: string): Promise<string[]> {
	const buckets = [earshot.bindings.VIDEOS, earshot.bindings.MP3S];
	const lists = await Promise.all(buckets.map((bucket) => bucket.list({ prefix: id })));
	return lists.flatMap(({ objects }) => objects.map(({ key }) => key));
}

test.each([
	["MP4, index first", media.mp4, media.MEDIA_SECONDS],
	["MP4, index last", media.mp4MoovLast, media.MEDIA_SECONDS],
	["large MP4, of which only the sound is read", media.largeMp4MoovLast, media.LARGE_SECONDS],
	["MOV", media.mov, media.MEDIA_SECONDS],
	["MKV", media.mkv, media.MEDIA_SECONDS],
	["WebM", media.webmOpus, media.MEDIA_SECONDS],
	["MP4 whose sound ends early", media.mp4ShortSound, media.SHORT_SOUND_SECONDS],
])(
	"a video (%s) goes in, a mail with a signed link comes, the MP3 comes out",
	async (_, make, seconds) => {
		const { id, mail, conversion } = await convert(await make());
		expect(conversion).toMatchObject({ status: "done", progress: 1, error: null });
		expect(mail.subject).toContain("Your MP3 is ready");
		expect(mail.to?.map(({ address }) => address)).toEqual([user.email]);
		expect(mail.text).toContain(id);

		const linked = await fetch(linkIn(mail.text));
		expect(linked.status).toBe(200);
		expect(linked.headers.get("content-type")).toBe("audio/mpeg");
		const bytes = new Uint8Array(await linked.arrayBuffer());
		expect(bytes.byteLength).toBe(conversion.output?.sizeBytes);
		const mp3 = await inspectMp3(bytes);
		expect(mp3).toMatchObject({ container: "mp3", codec: "mp3", hasXingHeader: true });
		expect(Math.abs(mp3.durationSeconds - seconds)).toBeLessThan(0.05);

		const downloaded = await fetch(`${earshot.url}/download?fid=${id}`, { headers: user.auth });
		expect(Buffer.from(await downloaded.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
		await expect.poll(() => objectsOf(id)).toEqual([`${id}/1.mp3`]);
	},
);

test.each([
	["random bytes", media.randomBytes, "corrupt_input"],
	["zeros", media.zeros, "corrupt_input"],
	["a truncated MP4, index first", media.mp4Truncated, "corrupt_input"],
	["a truncated MP4, index last", media.mp4MoovLastTruncated, "corrupt_input"],
	["a truncated MKV", media.mkvTruncated, "corrupt_input"],
	["a video without sound", media.mp4WithoutSound, "no_audio_track"],
])("%s ends as failed, its owner learns why, and nothing stays in R2", async (_, make, code) => {
	const { id, mail, conversion } = await convert(await make());
	expect(conversion).toMatchObject({ status: "failed", error: { code }, output: null });
	expect(mail.subject).toContain("No MP3 from");
	expect(mail.text).toContain(conversion.error?.message);
	expect(mail.text).toContain(conversion.error?.hint);
	await expect.poll(() => objectsOf(id)).toEqual([]);
});

test.each([
	["a text file", media.textFile],
	["an HLS playlist", () => media.hlsPlaylist("file:///etc/passwd", "e2e")],
])("%s does not get in, and the refusal says what does", async (_, make) => {
	await expect(upload(earshot.url, user.token, await make())).rejects.toThrow(
		/415 unsupported_media_type: .*MP4, MOV/,
	);
});

test("a hostile file name is harmless all the way and the MP3 still carries it", async () => {
	const { id, mail, conversion } = await convert(
		await media.mp4(),
		'../../"quo\'te"; rm -rf \r\nBcc: evil@example.com 🎵.mp4',
	);
	expect(conversion.status).toBe("done");
	expect(conversion.filename).toBe(`"quo'te"; rm -rf Bcc: evil@example.com 🎵.mp4`);
	expect(mail.subject).toBe(`Your MP3 is ready: ${conversion.filename}`);
	expect(mail.headers.some(({ key }) => key === "bcc")).toBe(false);
	const linked = await fetch(linkIn(mail.text));
	await linked.body?.cancel();
	expect(decodeURIComponent(linked.headers.get("content-disposition") ?? "")).toContain("🎵.mp3");
	const downloaded = await fetch(`${earshot.url}/download?fid=${id}`, { headers: user.auth });
	await downloaded.body?.cancel();
	expect(downloaded.headers.get("content-disposition")).toBe(
		linked.headers.get("content-disposition"),
	);
});

test("a signed link fails once it is tampered with, has expired, or is used for anything else", async () => {
	const { id, mail } = await convert(await media.mp4());
	const link = linkIn(mail.text);
	const status = async (url: string, method = "GET") => {
		const response = await fetch(url, { method });
		await response.body?.cancel();
		return response.status;
	};
	const changed = (change: (url: URL) => void) => {
		const url = new URL(link);
		change(url);
		return url.href;
	};
	const other = await convert(await media.mp4());

	expect(await status(link)).toBe(200);
	const longer = changed((url) => url.searchParams.set("X-Amz-Expires", "604799"));
	const moved = changed((url) => {
		url.pathname = url.pathname.replace(id, other.id);
	});
	const unsigned = changed((url) => url.searchParams.delete("X-Amz-Signature"));
	const flipped = link.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
	for (const url of [longer, moved, flipped]) expect(await status(url)).toBe(403);
	expect(await status(unsigned)).toBe(400);
	expect(await status(link, "DELETE")).toBe(403);
	expect(await status(link, "PUT")).toBe(403);

	const access = { ...earshot.secrets, R2_S3_URL: `${earshot.url}/cdn-cgi/local/r2/s3` };
	const signedAt = (now: Date) =>
		presign(access, {
			method: "GET",
			bucket: "mp3s",
			key: `${id}/1.mp3`,
			expiresInSeconds: 60,
			now,
		});
	expect(await status(await signedAt(new Date()))).toBe(200);
	expect(await status(await signedAt(new Date(Date.now() - 61_000)))).toBe(403);
});

test("a link asked for through the API works like the mailed one", async () => {
	const { id } = await convert(await media.mp4());
	const answer = await fetch(`${earshot.url}/conversions/${id}/link`, {
		method: "POST",
		headers: user.auth,
	});
	const { url } = (await answer.json()) as { url: string };
	expect((await fetch(url)).status).toBe(200);
});

test("the curl walk-through of the README works as the contract has it", async () => {
	const video = await readFile(await media.mp4());
	const uploaded = await fetch(`${earshot.url}/upload?filename=raw.mp4&quality=standard`, {
		method: "POST",
		headers: { ...user.auth, "content-type": "video/mp4" },
		body: video,
	});
	expect(uploaded.status).toBe(202);
	const location = uploaded.headers.get("location") ?? "";
	const { id } = (await uploaded.json()) as { id: string };
	await awaitMail(earshot.url, user.email, id, AbortSignal.timeout(50_000));
	const conversion = await fetch(earshot.url + location, { headers: user.auth });
	expect(await conversion.json()).toMatchObject({
		status: "done",
		filename: "raw.mp4",
		options: { quality: "standard" },
	});
	const part = await fetch(`${earshot.url}/download?fid=${id}`, {
		headers: { ...user.auth, range: "bytes=0-99" },
	});
	expect(part.status).toBe(206);
	expect((await part.arrayBuffer()).byteLength).toBe(100);
});

test("an upload over the limit is refused over real HTTP, with a clear problem", async () => {
	const form = new FormData();
	form.set("file", new Blob([new Uint8Array(62_000_000)]), "big.mp4");
	const response = await fetch(`${earshot.url}/upload`, {
		method: "POST",
		headers: user.auth,
		body: form,
	});
	expect(response.status).toBe(413);
	expect(await response.json()).toMatchObject({ code: "payload_too_large" });
});

test("neither a capability URL nor a token nor a password reaches the Workers' logs", async () => {
	await convert(await media.mp4());
	const logs = earshot.logs();
	expect(logs).toContain("attempt_finished");
	expect(logs).not.toMatch(/X-Amz-Signature/);
	expect(logs).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
	for (const secret of Object.values(earshot.secrets)) expect(logs).not.toContain(secret);
});

test("every conversion of this file has sent its owner exactly one mail", async () => {
	const mails = await mailsTo(earshot.url, user.email);
	const events = mails.map(
		({ headers }) => headers.find(({ key }) => key === "x-earshot-event")?.value,
	);
	expect(new Set(events).size).toBe(events.length);
	expect(events.length).toBeGreaterThan(0);
});
