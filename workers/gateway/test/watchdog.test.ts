import { beforeEach, expect, test } from "vitest";
import { STALL_AFTER_MS } from "#contracts/heartbeat.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPTS, RETRY_WINDOW_MS } from "#contracts/limits.ts";
import { mp3Message } from "#contracts/mp3-message.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { newConversionId } from "#db/new-id.ts";
import { beginUpload } from "#db/queries/conversion-upload.ts";
import { conversions } from "#db/schema/conversions.ts";
import {
	ABANDONED_UPLOAD_AFTER_MS,
	DELETED_KEPT_MS,
	RESEND_SENT_AFTER_MS,
	RESEND_UNSENT_AFTER_MS,
	WATCHDOG_BATCH,
} from "../limits.ts";
import { usualLimits } from "../uploads/quota.ts";
import { VideoUpload } from "../uploads/video-upload.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import {
	type Bindings,
	bindings,
	callControl,
	mailedToken,
	recordingQueue,
	send,
	signUp,
	type TestUser,
	uploadVideo,
	videoForm,
} from "./client.ts";
import { convert, db, finish, MP3_KEPT_MS, newClaim, row } from "./lifecycle.ts";

let user: TestUser;
let id: string;
let message: VideoMessage;

beforeEach(async () => {
	await bindings.DB.exec("delete from mails; delete from conversions;");
	user = await signUp();
	({ id, message } = await uploadVideo(user));
});

/** Runs the watchdog as it will run after some time; says what it put on the queues. */
async function watch(
	afterMs: number,
	replaced: Partial<Bindings> = {},
	database = db,
): Promise<{ video: VideoMessage[]; mp3: unknown[] }> {
	const [VIDEO_QUEUE, MP3_QUEUE] = [recordingQueue(), recordingQueue()];
	const env = { ...bindings, VIDEO_QUEUE, MP3_QUEUE, ...replaced };
	await runWatchdog(env, database, Date.now() + afterMs);
	return {
		video: VIDEO_QUEUE.messages.map((sent) => videoMessage.parse(sent)),
		mp3: MP3_QUEUE.messages.map((sent) => mp3Message.parse(sent)),
	};
}
const NOTHING = { video: [], mp3: [] };

test("what goes well is left alone", async () => {
	expect(await watch(RESEND_UNSENT_AFTER_MS + 1)).toEqual(NOTHING);
	await callControl(message, "claim", newClaim());
	expect(await watch(STALL_AFTER_MS - 1000)).toEqual(NOTHING);
});

test("finished conversions are left alone for as long as their MP3s are kept", async () => {
	await convert(message);
	expect(await watch(MP3_KEPT_MS - 60_000)).toEqual(NOTHING);
	expect((await row(id)).status).toBe("done");
});

test("an attempt whose heart stopped is queued anew, and the dead one changes nothing any more", async () => {
	const dead = newClaim();
	await callControl(message, "claim", dead);
	const { video } = await watch(STALL_AFTER_MS + 1000);
	expect(video).toMatchObject([{ conversionId: id, attempt: 2 }]);
	expect(
		await callControl(message, "progress", { ...dead, phase: "storing", fraction: 1 }),
	).toMatchObject({ verdict: "stop" });
	const outcome = { type: "failed", error: jobErrorFor("corrupt_input") };
	expect(await callControl(message, "settle", { ...dead, outcome })).toMatchObject({
		verdict: "drop",
	});
	expect(await row(id)).toMatchObject({ status: "queued", attempt: 2, outcome: null });
});

test("two watchdogs at once queue a stalled attempt once", async () => {
	await callControl(message, "claim", newClaim());
	const runs = await Promise.all([watch(STALL_AFTER_MS + 1000), watch(STALL_AFTER_MS + 1000)]);
	expect(runs.flatMap(({ video }) => video)).toHaveLength(1);
	expect(await row(id)).toMatchObject({ attempt: 2 });
});

test("an input that kills its transcoder every time ends as failed, not as a loop", async () => {
	let current = message;
	for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
		await callControl(current, "claim", newClaim());
		const { video, mp3 } = await watch(STALL_AFTER_MS + 1000);
		expect(mp3).toEqual([]);
		expect(video).toHaveLength(1);
		current = video[0] ?? current;
	}
	await callControl(current, "claim", newClaim());
	const last = await watch(STALL_AFTER_MS + 1000);
	expect(last).toEqual({ video: [], mp3: [{ v: 1, conversionId: id, attempt: MAX_ATTEMPTS }] });
	await finish(current);
	const { status, outcome } = await row(id);
	expect(status).toBe("failed");
	expect(JSON.parse(outcome ?? "")).toMatchObject({ error: { code: "worker_lost" } });
	expect(await watch(1e12)).toEqual(NOTHING);
});

test("a row whose message was never sent is sent once a minute has passed", async () => {
	const VIDEO_QUEUE = {
		send: () => Promise.reject(new Error("the queue is down")),
	} as unknown as Queue;
	const form = { method: "POST", headers: user.auth, body: videoForm() };
	const unsent = (await (await send("/upload", form, { VIDEO_QUEUE })).json()) as { id: string };
	expect(await watch(RESEND_UNSENT_AFTER_MS - 10_000)).toEqual(NOTHING);
	const { video } = await watch(RESEND_UNSENT_AFTER_MS + 1000);
	expect(video).toMatchObject([{ conversionId: unsent.id, attempt: 1 }]);
	expect(await watch(RESEND_UNSENT_AFTER_MS + 2000)).toEqual(NOTHING);
});

test("a message that got lost is sent again", async () => {
	const { video } = await watch(RESEND_SENT_AFTER_MS + 1000);
	expect(video).toMatchObject([{ conversionId: id, attempt: 1 }]);
});

test("an outcome whose message got lost is told to notify again, and not converted again", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const outcome = { type: "failed", error: jobErrorFor("no_audio_track") };
	await callControl(message, "settle", { ...claim, outcome });
	expect(await watch(STALL_AFTER_MS + 1000)).toEqual(NOTHING);
	expect(await watch(RESEND_SENT_AFTER_MS + 1000)).toEqual({
		video: [],
		mp3: [{ v: 1, conversionId: id, attempt: 1 }],
	});
});

test("an upload abandoned by a dead Worker is swept, its parts too", async () => {
	const reception = {
		db,
		bucket: bindings.VIDEOS,
		userId: user.id as `usr_${string}`,
		limits: usualLimits(bindings),
		maxBytes: 20_000_000,
		announcedBytes: null,
		exactBytes: null,
		declaredSha256: null,
	};
	const upload = (await VideoUpload.begin(reception, "a.mp4")) ?? expect.fail();
	await upload.write(new Uint8Array(9 * 1024 * 1024));
	const open = await bindings.DB.prepare(
		"select id, multipart_upload_id from conversions where status = 'uploading'",
	).first<{ id: string; multipart_upload_id: string }>();
	if (open === null) throw new Error("no upload is open");
	await watch(ABANDONED_UPLOAD_AFTER_MS - 60_000);
	expect(await bindings.DB.prepare("select count(*) as n from conversions").first("n")).toBe(2);
	await watch(ABANDONED_UPLOAD_AFTER_MS + 60_000);
	expect(await bindings.DB.prepare("select count(*) as n from conversions").first("n")).toBe(1);
	const multipart = bindings.VIDEOS.resumeMultipartUpload(open.id, open.multipart_upload_id);
	await expect(multipart.uploadPart(2, "x")).rejects.toThrow();
	expect(
		await upload
			.finish({ sha256: "ab".repeat(32), options: { quality: "high" } })
			.catch(() => null),
	).toBeNull();
});

/** The videos' bucket, in which some objects cannot be deleted. */
const holdingOnTo = (...held: string[]): R2Bucket =>
	new Proxy(bindings.VIDEOS, {
		get(target, name) {
			if (name !== "delete") return Reflect.get(target, name).bind(target);
			return (keys: string | string[]) =>
				[keys].flat().some((key) => held.includes(key))
					? Promise.reject(new Error("R2 will not"))
					: target.delete(keys);
		},
	});

/** A key that is forgotten by the watchdog's last step. */
async function useKey(): Promise<void> {
	await bindings.DB.prepare("insert into idempotency_keys values (?, 'old', 0, null, null, 0)")
		.bind(user.id)
		.run();
}
const keyCount = () =>
	bindings.DB.prepare("select count(*) as n from idempotency_keys where user_id = ?")
		.bind(user.id)
		.first("n");

test("an object that cannot be deleted holds up no other, and no later step; it stays due", async () => {
	const other = await uploadVideo(user);
	for (const each of [id, other.id]) {
		await send(`/conversions/${each}/cancel`, { method: "POST", headers: user.auth });
	}
	await useKey();
	await watch(RETRY_WINDOW_MS + 1000, { VIDEOS: holdingOnTo(id) });
	expect((await row(id)).video_expires_at_ms).not.toBeNull();
	expect((await row(other.id)).video_expires_at_ms).toBeNull();
	expect(await bindings.VIDEOS.head(other.id)).toBeNull();
	expect(await keyCount()).toBe(0);
	await watch(RETRY_WINDOW_MS + 2000);
	expect((await row(id)).video_expires_at_ms).toBeNull();
});

test("nor does one that is left of a conversion that was deleted", async () => {
	const other = await uploadVideo(user);
	for (const each of [id, other.id]) {
		await send(`/conversions/${each}`, { method: "DELETE", headers: user.auth });
		// Stored by somebody who had not heard of it.
		await bindings.VIDEOS.put(each, "late");
	}
	await watch(DELETED_KEPT_MS + 1000, { VIDEOS: holdingOnTo(id) });
	expect(await bindings.VIDEOS.head(id)).not.toBeNull();
	expect(await bindings.VIDEOS.head(other.id)).toBeNull();
	await watch(DELETED_KEPT_MS + 2000);
	expect(await bindings.VIDEOS.head(id)).toBeNull();
});

test("nor does an abandoned upload", async () => {
	const now = Date.now();
	const abandoned = (
		["cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAW"] as const
	).map((id) => ({
		id,
		userId: user.id as `usr_${string}`,
		filename: "a.mp4",
		sizeBytes: 1,
		nowMs: now,
	}));
	for (const each of abandoned) await beginUpload(db, each, usualLimits(bindings));
	const [stuck, swept] = abandoned.map((each) => each.id);
	const VIDEOS = holdingOnTo(stuck ?? "");
	await watch(ABANDONED_UPLOAD_AFTER_MS + 1000, { VIDEOS });
	expect((await row(stuck ?? "")).status).toBe("uploading");
	await expect(row(swept ?? "")).rejects.toThrow("no conversion");
});

test("rows that fail at every run, more than one run takes, hold up no other", async () => {
	const due = {
		userId: user.id,
		filename: "a",
		options: { quality: "high" },
		createdAtMs: 0,
	} as const;
	const ids = Array.from({ length: WATCHDOG_BATCH + 10 }, () => newConversionId(Date.now()));
	for (const each of ids) {
		await db.insert(conversions).values({ ...due, id: each, status: "done", videoExpiresAtMs: 1 });
	}
	const VIDEOS = holdingOnTo(...ids);
	const last = newConversionId(Date.now());
	await db.insert(conversions).values({ ...due, id: last, status: "done", videoExpiresAtMs: 2 });
	const isRemoved = async () => (await row(last)).video_expires_at_ms === null;
	// Each run takes it with a chance of 5 in 6.
	for (let runs = 0; runs < 20 && !(await isRemoved()); runs++) await watch(0, { VIDEOS });
	expect(await isRemoved()).toBe(true);
});

test("a step that cannot read D1 holds up no other", async () => {
	await useKey();
	let isFirst = true;
	const failing = new Proxy(db, {
		get(target, name) {
			const value = Reflect.get(target, name);
			if (name !== "select") return typeof value === "function" ? value.bind(target) : value;
			if (!isFirst) return value.bind(target);
			isFirst = false;
			return () => {
				throw new Error("D1 is down");
			};
		},
	});
	const { video } = await watch(RESEND_SENT_AFTER_MS + 1000, {}, failing);
	expect(isFirst).toBe(false);
	expect(video).toHaveLength(1);
	expect(await keyCount()).toBe(0);
});

test("mailed links that have ended are forgotten, and no others", async () => {
	await mailedToken({ userId: user.id, purpose: "reset" });
	const links = () =>
		bindings.DB.prepare("select count(*) as n from email_tokens where user_id = ?")
			.bind(user.id)
			.first("n");
	await watch(59 * 60 * 1000);
	expect(await links()).toBe(1);
	await watch(60 * 60 * 1000);
	expect(await links()).toBe(0);
});
