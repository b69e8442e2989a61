import { beforeAll, describe, expect, test } from "vitest";
import { videoMessage } from "#contracts/video-message.ts";
import { recordingQueue, send, signUp, type TestUser, TINY_VIDEO, videoForm } from "./client.ts";

/** What may be asked of a conversion, at the door: as fields of a form, where all is text. */

let user: TestUser;
beforeAll(async () => {
	user = await signUp();
});

async function ask(fields: Record<string, string>): Promise<{ status: number; body: unknown }> {
	const response = await send("/upload", {
		method: "POST",
		headers: user.auth,
		body: videoForm(TINY_VIDEO, "a.mp4", fields),
	});
	return { status: response.status, body: await response.json() };
}

describe("an upload", () => {
	test("may ask for all there is, and gets it in the options' own types", async () => {
		const { status, body } = await ask({
			bitrateKbps: "128",
			sampleRateHz: "44100",
			channels: "1",
			startSeconds: "1.5",
			endSeconds: "90",
			loudnessLufs: "-16",
			track: "1",
			title: " Ein Lied ☂ ",
			artist: "",
			album: "Album",
			comment: "für dich",
			coverAtSeconds: "0.25",
		});
		expect(status).toBe(202);
		expect(body).toMatchObject({
			options: {
				bitrateKbps: 128,
				sampleRateHz: 44_100,
				channels: 1,
				startSeconds: 1.5,
				endSeconds: 90,
				loudnessLufs: -16,
				track: 1,
				title: "Ein Lied ☂",
				artist: "",
				album: "Album",
				comment: "für dich",
				coverAtSeconds: 0.25,
			},
		});
		expect((body as { options: object }).options).not.toHaveProperty("quality");
	});

	test.each<[Record<string, string>, object]>([
		[{}, { quality: "high" }],
		[{ quality: "voice" }, { quality: "voice" }],
		[{ fitBytes: "10000000" }, { fitBytes: 10_000_000 }],
		[{ track: "EN" }, { quality: "high", track: "en" }],
	])("that asks for %o is one of %o", async (fields, options) => {
		expect(await ask(fields)).toMatchObject({ status: 202, body: { options } });
	});

	test.each<[Record<string, string>, RegExp]>([
		[{ bitrateKbps: "100" }, /`bitrateKbps`: must be one of 8, 16, .*320 kbit\/s/],
		[{ bitrateKbps: "1e2" }, /`bitrateKbps`/],
		[{ bitrateKbps: "" }, /`bitrateKbps`/],
		[{ bitrateKbps: "0x80" }, /`bitrateKbps`/],
		[{ bitrateKbps: "8", sampleRateHz: "48000" }, /`bitrateKbps`: at 48000 Hz must be one of 32, /],
		[{ bitrateKbps: "128", sampleRateHz: "8000" }, /`bitrateKbps`: at 8000 Hz must be one of 8, /],
		[{ sampleRateHz: "96000" }, /`sampleRateHz`: must be one of 8000, /],
		[{ channels: "6" }, /`channels`: must be 1 or 2/],
		[{ fitBytes: "999" }, /`fitBytes`/],
		[{ fitBytes: "1.5" }, /`fitBytes`/],
		[{ fitBytes: "99999999999999999999" }, /`fitBytes`/],
		[{ quality: "best", bitrateKbps: "128" }, /give one of quality, bitrateKbps and fitBytes/],
		[{ fitBytes: "5000000", bitrateKbps: "128" }, /give one of quality, bitrateKbps and fitBytes/],
		[{ startSeconds: "-1" }, /`startSeconds`/],
		[{ startSeconds: "10", endSeconds: "10" }, /`endSeconds`: must be later than startSeconds/],
		[{ endSeconds: "43201" }, /`endSeconds`/],
		[{ startSeconds: "NaN" }, /`startSeconds`/],
		[{ loudnessLufs: "14" }, /`loudnessLufs`/],
		[{ track: "-1" }, /`track`: must be a number from 0 or a language such as en/],
		[{ track: "klingon" }, /`track`/],
		[{ track: "1;ls" }, /`track`/],
		[{ title: "two\nlines" }, /`title`: must be plain text on one line/],
		[{ title: "\u0000" }, /`title`/],
		[{ comment: "x".repeat(501) }, /`comment`/],
		[{ coverAtSeconds: "first" }, /`coverAtSeconds`/],
	])("that asks for %o is refused with the reason", async (fields, reason) => {
		const { status, body } = await ask(fields);
		expect(status).toBe(400);
		expect(body).toMatchObject({ code: "invalid_options", detail: expect.stringMatching(reason) });
	});

	test("hands on what it asks for to the transcoder", async () => {
		const queue = recordingQueue();
		const wishes = { quality: "voice", track: "de", startSeconds: "2", title: "Ü" };
		const body = videoForm(TINY_VIDEO, "a.mp4", wishes);
		await send("/upload", { method: "POST", headers: user.auth, body }, { VIDEO_QUEUE: queue });
		const [message] = queue.messages;
		const asked = { ...wishes, startSeconds: 2 };
		expect(videoMessage.parse(message).options).toEqual(asked);
	});
});
