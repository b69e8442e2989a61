import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { videoMessage } from "#contracts/video-message.ts";
import { getConversion, upload } from "../local/client.ts";
import { awaitMail, mailsTo } from "../local/mailbox.ts";
import { presign } from "../storage/presign.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type User } from "./earshot.ts";

/*
 * Nothing is lost when a part is down.
 */

let earshot: Earshot;
let user: User;

beforeAll(async () => {
	earshot = await startEarshot();
});
afterAll(() => earshot?.close());
beforeEach(async () => {
	user = await earshot.newUser();
});

const send = async (path: string) => (await upload(earshot.url, user.token, path)).id;
const mailAbout = (id: string) =>
	awaitMail(earshot.url, user.email, id, AbortSignal.timeout(50_000));
const conversion = (id: string) => getConversion(earshot.url, user.token, id);
const untilEncoding = (id: string) =>
	expect.poll(async () => (await conversion(id)).phase, { timeout: 30_000 }).toBe("encoding");

async function queuesApi(path: string, body: object) {
	const response = await fetch(`${earshot.url}/client/v4/accounts/local/queues/${path}`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${earshot.secrets.QUEUES_API_TOKEN}`,
			"content-type": "application/json",
		},
		body: JSON.stringify(body),
	});
	return (await response.json()) as { result: { messages: PulledMessage[] } };
}
interface PulledMessage {
	body: string;
	lease_id: string;
}

/** The first message of a queue. What was just sent is on its way for a moment. */
async function pullFirst(queue: string): Promise<PulledMessage> {
	const pull = async () =>
		(await queuesApi(`${queue}/messages/pull`, { batch_size: 1 })).result.messages.at(0);
	return (await vi.waitUntil(pull, { timeout: 30_000, interval: 50 })) as PulledMessage;
}

test("what is uploaded while no transcoder runs is converted when one comes", async () => {
	const id = await send(await media.mp4());
	expect((await conversion(id)).status).toBe("queued");
	const transcoder = earshot.startTranscoder();
	await mailAbout(id);
	expect((await conversion(id)).status).toBe("done");
	await transcoder.stop();
});

test("a transcoder that is shut down gives its work back, and the next one finishes it", async () => {
	const first = earshot.startTranscoder();
	const id = await send(await media.mp4Long());
	await untilEncoding(id);
	await first.stop();
	expect(await first.ended).toBe("exit code 0");
	expect((await conversion(id)).status).toBe("queued");

	const second = earshot.startTranscoder();
	await mailAbout(id);
	expect((await conversion(id)).status).toBe("done");
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(1);
	await second.stop();
});

test("a transcoder that dies is noticed by its silence, and the next one finishes its work", async () => {
	const dying = earshot.startTranscoder();
	const id = await send(await media.mp4Long());
	await untilEncoding(id);
	await dying.kill();
	// As if a minute had passed.
	await earshot.bindings.DB.prepare(
		"update conversions set heartbeat_at_ms = heartbeat_at_ms - 61000 where id = ?",
	)
		.bind(id)
		.run();
	await earshot.watchdog();

	const next = earshot.startTranscoder();
	await mailAbout(id);
	expect((await conversion(id)).status).toBe("done");
	const attempt = await earshot.bindings.DB.prepare("select attempt from conversions where id = ?")
		.bind(id)
		.first("attempt");
	expect(attempt).toBe(2);
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(1);
	const kept = async () => {
		const { objects } = await earshot.bindings.MP3S.list({ prefix: id });
		return objects.map(({ key }) => key);
	};
	await expect.poll(kept).toEqual([`${id}/2.mp3`]);
	await next.stop();
});

test("three messages in a row whose URLs have expired are no failure: fresh ones follow, and the video is converted", async () => {
	const id = await send(await media.mp4());
	const { body, lease_id } = await pullFirst("video");
	await queuesApi("video/messages/ack", { acks: [{ lease_id }], retries: [] });
	const message = videoMessage.parse(JSON.parse(Buffer.from(body, "base64").toString()));
	expect(message.conversionId).toBe(id);
	const access = { ...earshot.secrets, R2_S3_URL: `${earshot.url}/cdn-cgi/local/r2/s3` };
	const times = { expiresInSeconds: 60, now: new Date(Date.now() - 120_000) };
	const { headers } = message.target;
	const [source, target] = await Promise.all([
		presign(access, { method: "GET", bucket: "videos", key: id, ...times }),
		presign(access, { method: "PUT", bucket: "mp3s", key: `${id}/1.mp3`, headers, ...times }),
	]);
	for (const expired of [{ source }, { target }, { source, target }]) {
		const spoilt = structuredClone(message);
		if (expired.source) spoilt.source.url = expired.source;
		if (expired.target) spoilt.target.url = expired.target;
		await queuesApi("video/messages", { body: spoilt, content_type: "json" });
	}
	// One after the other: of two at once one would be told to drop its message.
	vi.stubEnv("CONCURRENCY", "1");
	const transcoder = earshot.startTranscoder();
	vi.unstubAllEnvs();
	await mailAbout(id);
	expect(await conversion(id)).toMatchObject({ status: "done", error: null });
	const column = (name: string) =>
		earshot.bindings.DB.prepare("select * from conversions where id = ?").bind(id).first(name);
	expect([await column("attempt"), await column("renewals")]).toEqual([1, 3]);
	expect(transcoder.lines.filter((line) => line.includes('"code":"urls_expired"'))).toHaveLength(3);
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(1);
	await transcoder.stop();
});

test("a message that cannot be read goes to the dead letters and holds up nothing", async () => {
	const transcoder = earshot.startTranscoder();
	await queuesApi("video/messages", { body: { v: 99, hello: "world" }, content_type: "json" });
	const id = await send(await media.mp4());
	await mailAbout(id);
	const kept = () =>
		earshot.bindings.DB.prepare("select body from dead_letters where queue = ?")
			.bind("video")
			.first("body");
	await expect.poll(kept).toBe('{"v":99,"hello":"world"}');
	await transcoder.stop();
});

test("a forged message on mp3 makes nobody believe anything", async () => {
	const id = await send(await media.mp4());
	await queuesApi("mp3/messages", {
		body: { v: 1, conversionId: id, attempt: 1 },
		content_type: "json",
	});
	const transcoder = earshot.startTranscoder();
	await mailAbout(id);
	expect((await conversion(id)).status).toBe("done");
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(1);
	await transcoder.stop();
});
