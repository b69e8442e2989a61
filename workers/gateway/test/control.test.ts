import { SignJWT } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPT_SECONDS, MAX_ATTEMPTS, QUEUE_RETENTION_SECONDS } from "#contracts/limits.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { MAX_RENEWALS } from "../limits.ts";
import {
	bindings,
	callControl,
	expectProblem,
	post,
	recordingQueue,
	send,
	signUp,
	uploadVideo,
} from "./client.ts";
import { convert, newClaim, row, source, storeMp3 } from "./lifecycle.ts";

let id: string;
let message: VideoMessage;

beforeEach(async () => {
	({ id, message } = await uploadVideo(await signUp()));
});

afterEach(() => {
	vi.useRealTimers();
});

/** For the gateway it is so much later now. */
const later = (seconds: number) =>
	vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });

const GO = { status: 200, verdict: "go" };
const DROP = { status: 200, verdict: "drop" };
const failed = (code: Parameters<typeof jobErrorFor>[0]) => ({
	outcome: { type: "failed", error: jobErrorFor(code) },
});

test("the first claim goes, a second transcoder is told to drop the message", async () => {
	expect(await callControl(message, "claim", newClaim())).toEqual(GO);
	expect(await callControl(message, "claim", newClaim())).toEqual(DROP);
});

test("a claim repeated after a lost answer goes again", async () => {
	const claim = newClaim();
	expect(await callControl(message, "claim", claim)).toEqual(GO);
	expect(await callControl(message, "claim", claim)).toEqual(GO);
});

test("of ten claims at once exactly one goes", async () => {
	const answers = await Promise.all(
		Array.from({ length: 10 }, () => callControl(message, "claim", newClaim())),
	);
	expect(answers.filter(({ verdict }) => verdict === "go")).toHaveLength(1);
});

test("a finished conversion is not claimed again", async () => {
	await convert(message);
	expect(await callControl(message, "claim", newClaim())).toEqual(DROP);
});

test("progress is kept, never turns back, and beats as a heart", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const beat = (fraction: number, speed?: number) =>
		callControl(message, "progress", { ...claim, phase: "encoding", fraction, speed });
	expect(await beat(0.6)).toEqual({ status: 200, verdict: "continue" });
	expect(await row(id)).toMatchObject({ progress: 0.6, speed: null });
	await beat(0.4, 120.5);
	expect(await row(id)).toMatchObject({
		progress: 0.6,
		speed: 120.5,
		heartbeat_at_ms: expect.any(Number),
	});
});

test("whoever does not hold the claim is told to stop and changes nothing", async () => {
	await callControl(message, "claim", newClaim());
	const stranger = newClaim();
	const before = await row(id);
	expect(
		await callControl(message, "progress", { ...stranger, phase: "storing", fraction: 1 }),
	).toEqual({ status: 200, verdict: "stop" });
	expect(await callControl(message, "settle", { ...stranger, ...failed("internal") })).toEqual(
		DROP,
	);
	await callControl(message, "release", stranger);
	expect(await row(id)).toEqual(before);
});

test("a settled attempt is to be published, however often it is settled", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const outcome = { type: "converted", source, output: await storeMp3(message, "mp3") };
	for (let times = 0; times < 2; times++) {
		expect(await callControl(message, "settle", { ...claim, outcome })).toEqual({
			status: 200,
			verdict: "publish",
		});
	}
	expect(
		await callControl(message, "progress", { ...claim, phase: "storing", fraction: 1 }),
	).toMatchObject({ verdict: "stop" });
});

test("the first outcome of a claim stands", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	await callControl(message, "settle", { ...claim, ...failed("no_audio_track") });
	const outcome = { type: "converted", source, output: await storeMp3(message, "mp3") };
	await callControl(message, "settle", { ...claim, outcome });
	expect(JSON.parse((await row(id)).outcome ?? "")).toMatchObject({ type: "failed" });
});

test.each(["nothing", "another size"])(
	"an MP3 of which R2 has %s is not believed",
	async (stored) => {
		const claim = newClaim();
		await callControl(message, "claim", claim);
		const output = await storeMp3(message, "mp3");
		if (stored === "nothing") await bindings.MP3S.delete(`${id}/1.mp3`);
		const outcome = { type: "converted", source, output: { ...output, sizeBytes: 4 } };
		expect(await callControl(message, "settle", { ...claim, outcome })).toEqual(DROP);
		expect(await row(id)).toMatchObject({ status: "queued", attempt: 2, outcome: null });
	},
);

test("a failure worth another try becomes the next attempt, later and later, then final", async () => {
	let current = message;
	const delays: number[] = [];
	for (const attempt of [1, 2]) {
		const claim = newClaim();
		const queue = recordingQueue();
		expect(await callControl(current, "claim", claim)).toEqual(GO);
		expect(
			await callControl(
				current,
				"settle",
				{ ...claim, ...failed("storage_unavailable") },
				{ VIDEO_QUEUE: queue },
			),
		).toEqual(DROP);
		const superseded = current;
		current = videoMessage.parse(queue.messages[0]);
		delays.push(...queue.delays);
		expect(current.attempt).toBe(attempt + 1);
		expect(await callControl(superseded, "claim", newClaim())).toEqual(DROP);
	}
	const [first = 0, second = 0] = delays;
	expect(second).toBeGreaterThan(first);
	const claim = newClaim();
	await callControl(current, "claim", claim);
	expect(
		await callControl(current, "settle", { ...claim, ...failed("storage_unavailable") }),
	).toEqual({ status: 200, verdict: "publish" });
	expect(await row(id)).toMatchObject({ attempt: 3, settled_at_ms: expect.any(Number) });
});

test("URLs that had expired do not count: the same attempt gets a fresh message, at once", async () => {
	const [claim, queue] = [newClaim(), recordingQueue()];
	const settle = () =>
		callControl(message, "settle", { ...claim, ...failed("urls_expired") }, { VIDEO_QUEUE: queue });
	await callControl(message, "claim", claim);
	expect(await settle()).toEqual(DROP);
	const fresh = videoMessage.parse(queue.messages[0]);
	expect(fresh).toMatchObject({ conversionId: id, attempt: 1 });
	expect(queue.delays).toEqual([0]);
	expect(await row(id)).toMatchObject({ status: "queued", attempt: 1, renewals: 1 });
	// Its answer got lost.
	expect(await settle()).toEqual(DROP);
	expect(queue.messages).toHaveLength(1);
	await convert(fresh);
	expect(await row(id)).toMatchObject({ status: "done", attempt: 1, last_error: null });
});

test("URLs that expire for ever end as a failure", async () => {
	let current = message;
	let claims = 0;
	for (; (await row(id)).settled_at_ms === null; claims++) {
		const [claim, queue] = [newClaim(), recordingQueue()];
		expect(await callControl(current, "claim", claim)).toEqual(GO);
		const expired = { ...claim, ...failed("urls_expired") };
		await callControl(current, "settle", expired, { VIDEO_QUEUE: queue });
		if (queue.messages[0]) current = videoMessage.parse(queue.messages[0]);
	}
	expect(claims).toBe(MAX_RENEWALS + MAX_ATTEMPTS);
	expect(await row(id)).toMatchObject({ attempt: MAX_ATTEMPTS, renewals: MAX_RENEWALS });
});

test("a message older than its queue keeps any is not begun, and does not count", async () => {
	later(QUEUE_RETENTION_SECONDS + 1);
	expect(await callControl(message, "claim", newClaim())).toEqual({ status: 401 });
	expect(await row(id)).toMatchObject({ status: "queued", attempt: 1 });
});

test("what is claimed at the last moment can be worked on to its end", async () => {
	const claim = newClaim();
	later(QUEUE_RETENTION_SECONDS - 1);
	expect(await callControl(message, "claim", claim)).toEqual(GO);
	later(MAX_ATTEMPT_SECONDS - 1);
	expect(
		await callControl(message, "progress", { ...claim, phase: "storing", fraction: 1 }),
	).toEqual({ status: 200, verdict: "continue" });
	const outcome = { type: "converted", source, output: await storeMp3(message, "mp3") };
	expect(await callControl(message, "settle", { ...claim, outcome })).toMatchObject({
		verdict: "publish",
	});
});

test("a failure that no try can cure is final at once", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	expect(await callControl(message, "settle", { ...claim, ...failed("no_audio_track") })).toEqual({
		status: 200,
		verdict: "publish",
	});
});

test("the words of a failure are ours: a transcoder that was taken over cannot write to its owner", async () => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const error = {
		...jobErrorFor("no_audio_track"),
		message: "Pay here",
		hint: "https://evil.example",
	};
	await callControl(message, "settle", { ...claim, outcome: { type: "failed", error } });
	expect(JSON.parse((await row(id)).outcome ?? "")).toEqual({
		type: "failed",
		error: jobErrorFor("no_audio_track"),
	});
});

test("a released attempt can be claimed by the next transcoder, and no more by the first", async () => {
	const first = newClaim();
	await callControl(message, "claim", first);
	expect(await callControl(message, "release", first)).toEqual({ status: 200 });
	expect(await row(id)).toMatchObject({ status: "queued", attempt: 1, claim_id: null });
	const second = newClaim();
	expect(await callControl(message, "claim", second)).toEqual(GO);
	expect(await callControl(message, "settle", { ...first, ...failed("internal") })).toEqual(DROP);
	expect(await row(id)).toMatchObject({ claim_id: second.claimId, attempt: 1 });
});

test.each([
	["another version", { v: 2, claimId: crypto.randomUUID() }],
	["no claim id", {}],
	["an unknown field", { claimId: crypto.randomUUID(), admin: true }],
	["a claim id that is none", { claimId: "1' or '1'='1" }],
])("a claim with %s is 400 and claims nothing", async (_, body) => {
	expect(await callControl(message, "claim", body)).toEqual({ status: 400 });
	expect(await row(id)).toMatchObject({ status: "queued" });
});

test.each([
	[{ phase: "encoding", fraction: 1.1 }],
	[{ phase: "encoding", fraction: -0.1 }],
	[{ phase: "sleeping", fraction: 0 }],
	[{ phase: "encoding", fraction: null }],
])("progress %j is 400", async (progress) => {
	const claim = newClaim();
	await callControl(message, "claim", claim);
	expect(await callControl(message, "progress", { ...claim, ...progress })).toEqual({
		status: 400,
	});
});

test("a control token opens its own conversion only, and nothing else", async () => {
	const other = await uploadVideo(await signUp());
	const knock = (path: string, token: string) =>
		send(path, post({ v: 1, ...newClaim() }, { authorization: `Bearer ${token}` }));
	const { token } = message.control;
	await expectProblem(await knock(`/control/${other.id}/claim`, token), 401, "invalid_token");
	await expectProblem(await knock("/validate", token), 401, "invalid_token");
	expect((await row(other.id)).status).toBe("queued");
});

test.each<[string, () => Promise<string>]>([
	["a user's token", async () => (await signUp()).token],
	["an expired token", () => controlToken({ exp: 1 })],
	["a token for another audience", () => controlToken({ aud: "earshot" })],
	["a token signed with another key", () => controlToken({ key: "x".repeat(44) })],
	["a token of an attempt that is no number", () => controlToken({ attempt: "1" })],
])("%s does not open the control URL", async (_, forge) => {
	const forged = { ...message, control: { ...message.control, token: await forge() } };
	expect(await callControl(forged, "claim", newClaim())).toEqual({ status: 401 });
	expect((await row(id)).status).toBe("queued");
});

async function controlToken(forgery: {
	exp?: number;
	aud?: string;
	key?: string;
	attempt?: unknown;
}) {
	return new SignJWT({ attempt: forgery.attempt ?? 1 })
		.setProtectedHeader({ alg: "HS256" })
		.setAudience(forgery.aud ?? "earshot-control")
		.setSubject(id)
		.setExpirationTime(forgery.exp ?? Math.floor(Date.now() / 1000) + 60)
		.sign(new TextEncoder().encode(forgery.key ?? bindings.CONTROL_KEY));
}
