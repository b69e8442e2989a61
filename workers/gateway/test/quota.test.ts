import { beforeEach, expect, test } from "vitest";
import {
	type Bindings,
	bindings,
	expectProblem,
	leftBehind,
	recordingQueue,
	send,
	signUp,
	type TestUser,
	uploadVideo,
} from "./client.ts";
import { convert } from "./lifecycle.ts";

/** How much a user may have. */

let user: TestUser;
beforeEach(async () => {
	user = await signUp();
});

const upload = (sizeBytes: number, settings: Partial<Bindings>, by = user) =>
	send(
		"/upload?filename=a.mp4",
		{
			method: "POST",
			headers: {
				...by.auth,
				"content-type": "video/mp4",
				"content-length": String(sizeBytes),
			},
			body: new Uint8Array(sizeBytes),
		},
		settings,
	);

/** A body whose length nobody is told. */
const uploadUnannounced = (sizeBytes: number, settings: Partial<Bindings>) =>
	send(
		"/upload?filename=a.mp4",
		{
			method: "POST",
			headers: { ...user.auth, "content-type": "video/mp4" },
			body: new Blob([new Uint8Array(sizeBytes)]).stream(),
		},
		settings,
	);

const idOf = async (response: Response) => ((await response.json()) as { id: string }).id;
const remove = (id: string) => send(`/conversions/${id}`, { method: "DELETE", headers: user.auth });

test("one conversion too many waits until another is over", async () => {
	const settings = { MAX_IN_FLIGHT: 2 };
	const first = await idOf(await upload(9, settings));
	await upload(9, settings);
	const before = await leftBehind();
	const refused = await upload(9, settings);
	expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
	await expectProblem(refused, 429, "too_many_conversions");
	expect(await leftBehind()).toEqual(before);
	await send(`/conversions/${first}/cancel`, { method: "POST", headers: user.auth });
	expect((await upload(9, settings)).status).toBe(202);
});

test("of many uploads at once as many get in as may", async () => {
	const responses = await Promise.all(
		Array.from({ length: 8 }, () => upload(9, { MAX_IN_FLIGHT: 3 })),
	);
	const statuses = responses.map(({ status }) => status);
	expect(statuses.filter((status) => status === 202)).toHaveLength(3);
	expect(statuses.filter((status) => status === 429)).toHaveLength(5);
});

test("what would not fit is refused, until there is room again", async () => {
	const settings = { MAX_STORED_BYTES: 100 };
	const first = await idOf(await upload(60, settings));
	const before = await leftBehind();
	await expectProblem(await upload(41, settings), 507, "storage_full");
	expect(await leftBehind()).toEqual(before);
	expect((await upload(40, settings)).status).toBe(202);
	await remove(first);
	expect((await upload(60, settings)).status).toBe(202);
});

test("MP3s count, and videos that are gone do not", async () => {
	const { message } = await uploadVideo(user);
	await convert(message, "x".repeat(50));
	await expectProblem(await upload(51, { MAX_STORED_BYTES: 100 }), 507, "storage_full");
	// The video of nine bytes is deleted when its conversion is done: the watchdog's part of it.
	await bindings.DB.prepare("update conversions set video_expires_at_ms = null").run();
	expect((await upload(50, { MAX_STORED_BYTES: 100 })).status).toBe(202);
});

test.each([1000, 17 * 1024 * 1024])(
	"%i bytes that nobody announced and that do not fit leave nothing behind",
	async (sizeBytes) => {
		const before = await leftBehind();
		const settings = { MAX_STORED_BYTES: sizeBytes - 1 };
		await expectProblem(await uploadUnannounced(sizeBytes, settings), 507, "storage_full");
		expect(await leftBehind()).toEqual(before);
		expect((await uploadUnannounced(sizeBytes, { MAX_STORED_BYTES: sizeBytes })).status).toBe(202);
	},
);

test("a user may have limits of their own, and nobody pays for another", async () => {
	const settings = { MAX_IN_FLIGHT: 1, MAX_STORED_BYTES: 100 };
	const other = await signUp();
	await bindings.DB.prepare(
		"insert into user_limits (user_id, max_in_flight, max_stored_bytes, max_video_bytes, max_video_seconds) values (?, 2, 1000, 500, 60)",
	)
		.bind(user.id)
		.run();
	const [queue, others] = [recordingQueue(), recordingQueue()];
	expect((await upload(500, { ...settings, VIDEO_QUEUE: queue })).status).toBe(202);
	expect(queue.messages).toMatchObject([{ limits: { maxDurationSeconds: 60 } }]);
	expect((await upload(100, { ...settings, VIDEO_QUEUE: others }, other)).status).toBe(202);
	expect(others.messages).toMatchObject([
		{ limits: { maxDurationSeconds: bindings.MAX_VIDEO_SECONDS } },
	]);
	await expectProblem(await upload(501, settings), 413, "payload_too_large");
	expect((await upload(500, settings)).status).toBe(202);
	await expectProblem(await upload(9, settings), 429, "too_many_conversions");
	await expectProblem(await upload(9, settings, other), 429, "too_many_conversions");
});
