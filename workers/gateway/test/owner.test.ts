import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPTS, RETRY_WINDOW_MS } from "#contracts/limits.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { DELETED_KEPT_MS, MAX_DELETED_AT_ONCE } from "../limits.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import {
	bindings,
	callControl,
	expectProblem,
	post,
	recordingQueue,
	send,
	signUp,
	type TestUser,
	uploadVideo,
} from "./client.ts";
import { convert, db, finish, MP3_KEPT_MS, newClaim, row, storeMp3 } from "./lifecycle.ts";

/** What a conversion's owner may do to it. */

let user: TestUser;
let id: string;
let message: VideoMessage;

beforeEach(async () => {
	user = await signUp();
	({ id, message } = await uploadVideo(user));
});

const UNKNOWN = "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV";

async function act(
	action: "cancel" | "retry",
	body?: object,
): Promise<{ status: number; conversion: ConversionDocument; messages: VideoMessage[] }> {
	const VIDEO_QUEUE = recordingQueue();
	const response = await send(
		`/conversions/${id}/${action}`,
		body ? post(body, user.auth) : { method: "POST", headers: user.auth },
		{ VIDEO_QUEUE },
	);
	return {
		status: response.status,
		conversion: await response.json(),
		messages: VIDEO_QUEUE.messages.map((sent) => videoMessage.parse(sent)),
	};
}

const retryAnswer = (body?: object) =>
	send(
		`/conversions/${id}/retry`,
		body ? post(body, user.auth) : { method: "POST", headers: user.auth },
	);

const rename = (filename: string, of = id) =>
	send(`/conversions/${of}`, { ...post({ filename }, user.auth), method: "PATCH" });

const remove = (of = id, by = user) =>
	send(`/conversions/${of}`, { method: "DELETE", headers: by.auth });

const removeSeveral = (ids: unknown) => send("/conversions/delete", post({ ids }, user.auth));

const shown = async (): Promise<ConversionDocument> =>
	(await send(`/conversions/${id}`, { headers: user.auth })).json();

const stored = async () => ({
	video: (await bindings.VIDEOS.head(id)) !== null,
	mp3s: (await bindings.MP3S.list({ prefix: id })).objects.length,
});

/** Lets the conversion fail for good. */
async function failWith(code: Parameters<typeof jobErrorFor>[0]): Promise<void> {
	const outcome = { type: "failed", error: jobErrorFor(code) };
	let current = message;
	for (let tries = 1; ; tries++) {
		const claim = newClaim();
		await callControl(current, "claim", claim);
		const VIDEO_QUEUE = recordingQueue();
		const { verdict } = await callControl(
			current,
			"settle",
			{ ...claim, outcome },
			{ VIDEO_QUEUE },
		);
		if (verdict === "publish") break;
		current = videoMessage.parse(VIDEO_QUEUE.messages[0]);
		expect(tries).toBeLessThan(MAX_ATTEMPTS);
	}
	await finish(current);
}

describe("cancelling", () => {
	test("what waits is cancelled, and its message opens nothing any more", async () => {
		const { status, conversion } = await act("cancel");
		expect(status).toBe(200);
		expect(conversion).toMatchObject({
			status: "cancelled",
			phase: null,
			error: null,
			finishedAt: expect.any(String),
			links: { cancel: null, retry: `/conversions/${id}/retry`, download: null },
		});
		expect(await callControl(message, "claim", newClaim())).toMatchObject({ verdict: "drop" });
	});

	test("what is worked on is cancelled, and its transcoder is told at its next word", async () => {
		const claim = newClaim();
		await callControl(message, "claim", claim);
		expect((await act("cancel")).conversion.status).toBe("cancelled");
		const progress = { phase: "encoding", fraction: 0.5 };
		expect(await callControl(message, "progress", { ...claim, ...progress })).toMatchObject({
			verdict: "stop",
		});
		const outcome = { type: "failed", error: jobErrorFor("internal") };
		expect(await callControl(message, "settle", { ...claim, outcome })).toMatchObject({
			verdict: "drop",
		});
		expect((await shown()).status).toBe("cancelled");
	});

	test("what has been settled but not told of is cancelled, and notify has nothing to tell", async () => {
		const claim = newClaim();
		await callControl(message, "claim", claim);
		const outcome = { type: "failed", error: jobErrorFor("corrupt_input") };
		await callControl(message, "settle", { ...claim, outcome });
		await act("cancel");
		await finish(message);
		expect(await shown()).toMatchObject({ status: "cancelled", error: null });
	});

	test("twice is as good as once", async () => {
		const { conversion } = await act("cancel");
		expect(await act("cancel")).toMatchObject({ status: 200, conversion });
	});

	test("what is over cannot be cancelled", async () => {
		await convert(message);
		const response = await send(`/conversions/${id}/cancel`, {
			method: "POST",
			headers: user.auth,
		});
		await expectProblem(response, 409, "conversion_over");
		expect((await shown()).status).toBe("done");
	});

	test("of a cancelled conversion all is deleted when nobody tries it again for three days", async () => {
		await act("cancel");
		// A transcoder that was about to store, and did.
		await storeMp3(message, "late");
		await runWatchdog(bindings, db, Date.now() + RETRY_WINDOW_MS - 60_000);
		expect(await stored()).toEqual({ video: true, mp3s: 1 });
		await runWatchdog(bindings, db, Date.now() + RETRY_WINDOW_MS);
		expect(await stored()).toEqual({ video: false, mp3s: 0 });
		expect(await shown()).toMatchObject({ status: "cancelled", links: { retry: null } });
		await expectProblem(await retryAnswer(), 409, "conversion_not_restartable");
	});
});

describe("trying again", () => {
	test("what was cancelled is queued with the next attempt, which fences off the one before", async () => {
		const claim = newClaim();
		await callControl(message, "claim", claim);
		await act("cancel");
		const { status, conversion, messages } = await act("retry");
		expect(status).toBe(202);
		expect(conversion).toMatchObject({ status: "queued", progress: 0, finishedAt: null });
		expect(messages).toMatchObject([{ conversionId: id, attempt: 2 }]);
		expect(await callControl(message, "claim", claim)).toMatchObject({ verdict: "drop" });
		await convert(messages[0] ?? message);
		expect((await shown()).status).toBe("done");
	});

	test("what failed for no fault of the video has all its tries again", async () => {
		await failWith("storage_unavailable");
		expect(await shown()).toMatchObject({ status: "failed", error: { retryable: true } });
		const { messages } = await act("retry");
		expect(await row(id)).toMatchObject({
			status: "queued",
			attempt: MAX_ATTEMPTS + 1,
			attempts_before: MAX_ATTEMPTS,
			outcome: null,
		});
		message = messages[0] ?? message;
		await failWith("storage_unavailable");
		expect(await row(id)).toMatchObject({ status: "failed", attempt: 2 * MAX_ATTEMPTS });
	});

	test("may ask for other options, which may cure it", async () => {
		await failWith("cannot_fit");
		const response = await retryAnswer();
		expect(await response.clone().json()).toMatchObject({
			detail: expect.stringContaining(jobErrorFor("cannot_fit").hint),
		});
		await expectProblem(response, 409, "conversion_not_restartable");
		const { status, conversion, messages } = await act("retry", { options: { quality: "voice" } });
		expect(status).toBe(202);
		expect(conversion.options).toEqual({ quality: "voice" });
		expect(messages[0]?.options).toEqual({ quality: "voice" });
	});

	test("what no try can cure keeps no video to try with", async () => {
		await failWith("corrupt_input");
		const { video_expires_at_ms, finished_at_ms } = await row(id);
		expect(video_expires_at_ms).toBe(finished_at_ms);
		await expectProblem(await retryAnswer(), 409, "conversion_not_restartable");
		await runWatchdog(bindings, db, Date.now());
		expect(await stored()).toEqual({ video: false, mp3s: 0 });
	});

	test("what waits, is worked on or is done cannot be tried again", async () => {
		await expectProblem(await retryAnswer(), 409, "conversion_not_restartable");
		await convert(message);
		await expectProblem(await retryAnswer(), 409, "conversion_not_restartable");
	});

	test("two requests at once queue it once", async () => {
		await act("cancel");
		const tries = await Promise.all([act("retry"), act("retry")]);
		expect(tries.map(({ status }) => status).sort()).toEqual([202, 409]);
		expect(tries.flatMap(({ messages }) => messages)).toHaveLength(1);
	});

	test.each([{ options: { quality: "loud" } }, { options: { colour: "red" } }, { option: {} }])(
		"%j is refused, and nothing has happened",
		async (body) => {
			await act("cancel");
			await expectProblem(await retryAnswer(body), 400, "invalid_body");
			expect((await shown()).status).toBe("cancelled");
		},
	);
});

describe("renaming", () => {
	test("changes the name that is shown and downloaded, made fit for it", async () => {
		await convert(message);
		const response = await rename("../../my\r\ntalk.mov");
		expect(await response.json()).toMatchObject({ filename: "my talk.mov" });
		const download = await send(`/download?fid=${id}`, { headers: user.auth });
		expect(download.headers.get("content-disposition")).toBe('attachment; filename="my talk.mp3"');
	});

	test.each(["", "x".repeat(1001)])("to %j is refused", async (filename) => {
		await expectProblem(await rename(filename), 400, "invalid_body");
	});
});

describe("deleting", () => {
	test("leaves nothing of a done conversion", async () => {
		await convert(message);
		expect((await remove()).status).toBe(204);
		await expectProblem(await remove(), 404, "not_found");
		await expectProblem(await send(`/conversions/${id}`, { headers: user.auth }), 404, "not_found");
		expect(await stored()).toEqual({ video: false, mp3s: 0 });
	});

	test("stops what is worked on", async () => {
		const claim = newClaim();
		await callControl(message, "claim", claim);
		await remove();
		const progress = { phase: "encoding", fraction: 0.5 };
		expect(await callControl(message, "progress", { ...claim, ...progress })).toMatchObject({
			verdict: "stop",
		});
		const outcome = { type: "converted", source: {}, output: {} };
		expect((await callControl(message, "settle", { ...claim, outcome })).verdict).not.toBe(
			"publish",
		);
	});

	test("what a transcoder stored after the deletion is deleted a day later", async () => {
		await callControl(message, "claim", newClaim());
		await remove();
		await storeMp3(message, "late");
		await runWatchdog(bindings, db, Date.now() + DELETED_KEPT_MS + 1000);
		expect(await stored()).toEqual({ video: false, mp3s: 0 });
		const words = await bindings.DB.prepare(
			"select count(*) as n from deleted_conversions where id = ?",
		)
			.bind(id)
			.first("n");
		expect(words).toBe(0);
	});

	test("succeeds while storage does not answer, and is made good later", async () => {
		const VIDEOS = { delete: () => Promise.reject(new Error("R2 is down")) } as unknown as R2Bucket;
		const init = { method: "DELETE", headers: user.auth };
		expect((await send(`/conversions/${id}`, init, { VIDEOS })).status).toBe(204);
		expect((await stored()).video).toBe(true);
		await runWatchdog(bindings, db, Date.now() + DELETED_KEPT_MS + 1000);
		expect((await stored()).video).toBe(false);
	});

	test("several at once deletes those that are one's own", async () => {
		const second = await uploadVideo(user);
		const other = await uploadVideo(await signUp());
		const response = await removeSeveral([id, second.id, other.id, UNKNOWN]);
		const { deleted } = (await response.json()) as { deleted: string[] };
		expect(deleted.toSorted()).toEqual([id, second.id].toSorted());
		expect((await row(other.id)).status).toBe("queued");
		expect(await bindings.VIDEOS.head(second.id)).toBeNull();
		expect(await bindings.VIDEOS.head(other.id)).not.toBeNull();
	});

	test.each([[[]], [["nonsense"]], [Array(MAX_DELETED_AT_ONCE + 1).fill(UNKNOWN)], ["all"]])(
		"several at once refuses %j",
		async (ids) => {
			await expectProblem(await removeSeveral(ids), 400, "invalid_body");
		},
	);

	test("as many at once as may be", async () => {
		const response = await removeSeveral([id, ...Array(MAX_DELETED_AT_ONCE - 1).fill(UNKNOWN)]);
		expect(await response.json()).toEqual({ deleted: [id] });
	});
});

describe("keeping", () => {
	test("an MP3 is deleted when it has been kept as long as promised, and stays listed", async () => {
		await convert(message);
		const { expiresAt, finishedAt } = await shown();
		const keptMs = Date.parse(expiresAt ?? "") - Date.parse(finishedAt ?? "");
		expect(keptMs).toBe(MP3_KEPT_MS);

		await runWatchdog(bindings, db, Date.parse(expiresAt ?? "") - 1);
		expect(await shown()).toMatchObject({ status: "done" });
		expect((await stored()).mp3s).toBe(1);

		await runWatchdog(bindings, db, Date.parse(expiresAt ?? ""));
		expect(await stored()).toEqual({ video: false, mp3s: 0 });
		expect(await shown()).toMatchObject({
			status: "expired",
			expiresAt,
			output: { durationSeconds: 3 },
			links: { download: null, link: null, cancel: null, retry: null },
		});
		const expired = await send("/conversions?status=expired", { headers: user.auth });
		expect(await expired.json()).toMatchObject({ conversions: [{ id }], nextCursor: null });
		const download = await send(`/download?fid=${id}`, { headers: user.auth });
		await expectProblem(download, 410, "conversion_expired");
		const link = await send(`/conversions/${id}/link`, { method: "POST", headers: user.auth });
		await expectProblem(link, 410, "conversion_expired");
	});
});

test("a stranger can do nothing of all that, and learns nothing", async () => {
	const stranger = await signUp();
	const calls: [string, RequestInit][] = [
		[`/conversions/${id}/cancel`, { method: "POST", headers: stranger.auth }],
		[`/conversions/${id}/retry`, { method: "POST", headers: stranger.auth }],
		[`/conversions/${id}`, { ...post({ filename: "mine" }, stranger.auth), method: "PATCH" }],
		[`/conversions/${id}`, { method: "DELETE", headers: stranger.auth }],
		[`/conversions/${id}/events`, { headers: stranger.auth }],
		[`/conversions/${id}?wait=60`, { headers: stranger.auth }],
	];
	const before = await row(id);
	for (const [path, init] of calls) await expectProblem(await send(path, init), 404, "not_found");
	expect(await row(id)).toEqual(before);
});
