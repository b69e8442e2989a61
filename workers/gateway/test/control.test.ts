import { SignJWT } from "jose";
import { beforeEach, expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import {
	bindings,
	callControl,
	expectProblem,
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
		send(path, {
			method: "POST",
			headers: { authorization: `Bearer ${token}` },
			body: JSON.stringify({ v: 1, ...newClaim() }),
		});
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
