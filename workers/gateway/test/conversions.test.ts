import { expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import {
	bindings,
	callControl,
	expectProblem,
	post,
	send,
	signUp,
	type TestUser,
	uploadVideo,
} from "./client.ts";
import { convert, finish, newClaim, source } from "./lifecycle.ts";

const get = (user: TestUser, path: string) => send(path, { headers: user.auth });
const askLink = (user: TestUser, id: string, body?: object) =>
	send(
		`/conversions/${id}/link`,
		body ? post(body, user.auth) : { method: "POST", headers: user.auth },
	);

test("a conversion is shown with its phase and progress while a transcoder works on it", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	const claim = newClaim();
	await callControl(message, "claim", claim);
	await callControl(message, "progress", { ...claim, phase: "encoding", fraction: 0.5 });
	const response = await get(user, `/conversions/${id}`);
	expect(await response.json()).toMatchObject({
		id,
		status: "converting",
		phase: "encoding",
		progress: 0.5,
		startedAt: expect.any(String),
		finishedAt: null,
	});
});

test("a done conversion tells what came of it", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	await convert(message);
	expect(await (await get(user, `/conversions/${id}`)).json()).toMatchObject({
		status: "done",
		phase: null,
		progress: 1,
		source: { sizeBytes: 9, ...source },
		output: { sizeBytes: 10, durationSeconds: 3 },
		error: null,
	});
});

test("a failed conversion tells why and what to do", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const error = jobErrorFor("no_audio_track");
	await callControl(message, "settle", { ...claim, outcome: { type: "failed", error } });
	await finish(message);
	expect(await (await get(user, `/conversions/${id}`)).json()).toMatchObject({
		status: "failed",
		output: null,
		error,
	});
	await expectProblem(await askLink(user, id), 409, "conversion_not_done");
	await expectProblem(await get(user, `/download?fid=${id}`), 409, "conversion_not_done");
});

test("an outcome is not shown before it is final", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	const claim = newClaim();
	await callControl(message, "claim", claim);
	const error = jobErrorFor("corrupt_input");
	await callControl(message, "settle", { ...claim, outcome: { type: "failed", error } });
	expect(await (await get(user, `/conversions/${id}`)).json()).toMatchObject({
		status: "converting",
		error: null,
	});
});

test("the list shows all of a user's conversions, newest first, page by page, and nobody else's", async () => {
	const [user, other] = [await signUp(), await signUp()];
	await uploadVideo(other);
	const ids: string[] = [];
	for (let index = 0; index < 5; index++) ids.unshift((await uploadVideo(user)).id);
	ids.sort().reverse();

	const seen: string[] = [];
	let cursor: string | null = null;
	do {
		const query: string = cursor === null ? "?limit=2" : `?limit=2&cursor=${cursor}`;
		const page = (await (await get(user, `/conversions${query}`)).json()) as {
			conversions: { id: string }[];
			nextCursor: string | null;
		};
		expect(page.conversions.length).toBeLessThanOrEqual(2);
		seen.push(...page.conversions.map(({ id }) => id));
		cursor = page.nextCursor;
	} while (cursor !== null);
	expect(seen).toEqual(ids);
});

test("the list can be asked for some statuses", async () => {
	const user = await signUp();
	const waiting = await uploadVideo(user);
	const { id, message } = await uploadVideo(user);
	await convert(message);
	const ids = async (query: string) => {
		const page = await (await get(user, `/conversions?${query}`)).json();
		return (page as { conversions: { id: string }[] }).conversions.map(({ id }) => id);
	};
	expect(await ids("status=done")).toEqual([id]);
	expect(await ids("status=queued,failed")).toEqual([waiting.id]);
	expect((await ids("status=queued,done")).toSorted()).toEqual([id, waiting.id].toSorted());
	expect(await ids("status=cancelled")).toEqual([]);
});

test.each([
	"?status=gone",
	"?status=",
	"?status=done,",
	"?limit=0",
	"?limit=101",
	"?limit=x",
	"?cursor=' or 1=1",
	"?colour=red",
])("the list refuses %j", async (query) => {
	const user = await signUp();
	await expectProblem(await get(user, `/conversions${encodeURI(query)}`), 400, "invalid_query");
});

test("somebody else's id, an unknown one and nonsense are one and the same 404", async () => {
	const [owner, stranger] = [await signUp(), await signUp()];
	const { id, message } = await uploadVideo(owner);
	await convert(message);
	for (const asked of [id, "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", "%00"]) {
		await expectProblem(await get(stranger, `/conversions/${asked}`), 404, "not_found");
		await expectProblem(await askLink(stranger, asked), 404, "not_found");
		await expectProblem(await get(stranger, `/download?fid=${asked}`), 404, "not_found");
	}
	await expectProblem(await get(stranger, "/download"), 404, "not_found");
	expect((await get(owner, `/download?fid=${id}`)).status).toBe(200);
});

test("a link lives 24 hours unless its owner says otherwise", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	await convert(message);
	for (const [asked, seconds] of [
		[undefined, 86_400],
		[{ expiresInSeconds: 604_800 }, 604_800],
	] as const) {
		const response = await askLink(user, id, asked);
		expect(response.headers.get("cache-control")).toBe("no-store");
		const { url, expiresAt } = (await response.json()) as { url: string; expiresAt: string };
		const link = new URL(url);
		expect(link.pathname).toBe(`/mp3s/${id}/1.mp3`);
		expect(link.searchParams.get("X-Amz-Expires")).toBe(String(seconds));
		const signedAt = link.searchParams.get("X-Amz-Date") ?? "";
		const signedAtMs = Date.parse(
			signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
		);
		expect(Math.abs(Date.parse(expiresAt) - (signedAtMs + seconds * 1000))).toBeLessThan(1000);
	}
});

test.each([0, -1, 604_801, 1.5, "60"])(
	"a link of %j seconds is refused",
	async (expiresInSeconds) => {
		const user = await signUp();
		const { id, message } = await uploadVideo(user);
		await convert(message);
		await expectProblem(await askLink(user, id, { expiresInSeconds }), 400, "invalid_body");
	},
);

test("a path with another method is 405 and says which there are", async () => {
	const response = await send("/login");
	expect(response.headers.get("allow")).toBe("POST");
	await expectProblem(response, 405, "method_not_allowed");
	await expectProblem(await send("/nowhere"), 404, "not_found");
});

test("health is 200 when gateway, auth, D1 and R2 answer, and 503 when one does not", async () => {
	expect((await send("/healthz")).status).toBe(200);
	const MP3S = { head: () => Promise.reject(new Error("R2 is down")) } as unknown as R2Bucket;
	const unhealthy = await send("/healthz", {}, { MP3S });
	expect(unhealthy.status).toBe(503);
	expect(await unhealthy.json()).toEqual({
		status: "unavailable",
		checks: { auth: true, d1: true, videos: true, mp3s: false },
	});
	const DB = {
		prepare: () => {
			throw new Error("D1 is down");
		},
	} as unknown as D1Database;
	expect((await send("/healthz", {}, { DB })).status).toBe(503);
	expect(bindings.MP3S).toBeDefined();
});
