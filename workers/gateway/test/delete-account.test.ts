import { expect, test } from "vitest";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { connect } from "#db/connect.ts";
import { newConversionId, newUserId, newWebhookId } from "#db/new-id.ts";
import { closeAccount } from "#db/queries/account-deletion.ts";
import { conversions } from "#db/schema/conversions.ts";
import { users } from "#db/schema/users.ts";
import { webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { webhookTries } from "#db/schema/webhook-tries.ts";
import { webhooks } from "#db/schema/webhooks.ts";
import { removeAccount } from "../accounts/remove-account.ts";
import { DELETED_KEPT_MS, MAX_DELETED_AT_ONCE, MAX_DELETIONS_A_RUN } from "../limits.ts";
import { usualLimits } from "../uploads/quota.ts";
import { VideoUpload } from "../uploads/video-upload.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import {
	basic,
	bindings,
	expectProblem,
	mailedToken,
	newAddress,
	PASSWORD,
	post,
	send,
	signUp,
	type TestUser,
	TINY_VIDEO,
	uploadVideo,
	videoForm,
} from "./client.ts";
import { crashingAt } from "./crash.ts";
import { convert, db } from "./lifecycle.ts";
import { objectsOf, tracesOf, userColumns } from "./traces.ts";

/*
 * Of an account that is deleted nothing is left, whatever happens on the way.
 */

const remove = (user: TestUser, replaced = {}, password = PASSWORD) =>
	send("/account", post({ password }, user.auth, "DELETE"), replaced);

const watch = (afterMs = 0) => runWatchdog(bindings, db, Date.now() + afterMs);

/** The headers of a request in the tus protocol. */
const tus = (user: TestUser, headers: Record<string, string>) => ({
	...user.auth,
	"tus-resumable": "1.0.0",
	...headers,
});

async function beginTus(user: TestUser): Promise<ConversionId> {
	const headers = tus(user, { "upload-length": "100" });
	const response = await send("/uploads", { method: "POST", headers });
	expect(response.status).toBe(201);
	return response.headers.get("location")?.split("/").at(-1) as ConversionId;
}

const goOn = (user: TestUser, id: string) =>
	send(`/uploads/${id}`, {
		method: "PATCH",
		headers: tus(user, {
			"upload-offset": "0",
			"content-type": "application/offset+octet-stream",
		}),
		body: TINY_VIDEO,
	});

/** Somebody who has done all that one can do here. */
async function busyUser(): Promise<{ user: TestUser; ids: string[] }> {
	const user = await signUp();
	const queued = await uploadVideo(user);
	const done = await uploadVideo(user, "done.mp4");
	await convert(done.message);
	const deleted = await uploadVideo(user);
	await send(`/conversions/${deleted.id}`, { method: "DELETE", headers: user.auth });
	const keyed = await send("/upload", {
		method: "POST",
		headers: { ...user.auth, "idempotency-key": crypto.randomUUID() },
		body: videoForm(),
	});
	const begun = await beginTus(user);
	expect((await goOn(user, begun)).status).toBe(204);
	await mailedToken({ userId: user.id, purpose: "reset" });
	const unique = crypto.randomUUID();
	await bindings.DB.batch([
		bindings.DB.prepare("insert into user_limits (user_id, max_in_flight) values (?, 5)").bind(
			user.id,
		),
		bindings.DB.prepare("insert into sessions values (?, ?, 'Test', 1, 1, 1)").bind(
			unique,
			user.id,
		),
		bindings.DB.prepare("insert into refresh_tokens values (?, ?, 1, null)").bind(unique, unique),
		bindings.DB.prepare(
			"insert into api_keys values (?, ?, ?, 'script', 'e', '[]', 1, null, null)",
		).bind(unique, user.id, unique),
		// Of an upload whose Worker has died.
		bindings.DB.prepare("insert into idempotency_keys values (?, ?, 1, null, null, 1)").bind(
			user.id,
			unique,
		),
		bindings.DB.prepare("insert into identities values ('example', ?, ?, 1)").bind(unique, user.id),
		bindings.DB.prepare("insert into mail_opt_outs values (?, 'failed', 1)").bind(user.id),
		bindings.DB.prepare("insert into mail_threads values (?, ?, ?, '[]', ?)").bind(
			done.id,
			user.id,
			unique,
			`from ${user.email}`,
		),
	]);
	await db.insert(webhooks).values({
		id: newWebhookId(Date.now()),
		userId: user.id,
		url: `https://example.com/${user.email}`,
		name: "Test",
		events: ["conversion.cancelled"],
		createdAtMs: 1,
	});
	// Which the webhook is told of.
	await send(`/conversions/${queued.id}/cancel`, { method: "POST", headers: user.auth });
	for (const { webhookId, eventId } of await db.select().from(webhookDeliveries)) {
		const answer = `${eventId} for ${user.email}`;
		await db
			.insert(webhookTries)
			.values({ webhookId, eventId, startedAtMs: 1, latencyMs: 1, status: 500, answer });
	}
	const { id: keyedId } = (await keyed.json()) as { id: string };
	return { user, ids: [queued.id, done.id, deleted.id, keyedId, begun] };
}

test("of everything that one can have here, nothing is left anywhere", async () => {
	const { user, ids } = await busyUser();
	const before = await tracesOf([user.id, user.email]);
	// A table that is new, and has not been thought of here, is seen by this.
	expect(before).toEqual(
		expect.arrayContaining([
			"users.email",
			"users.id",
			"webhook_tries.answer",
			"webhooks.url",
			...(await userColumns()),
		]),
	);
	expect((await objectsOf(ids)).length).toBeGreaterThanOrEqual(4);

	expect((await remove(user)).status).toBe(204);
	expect(await tracesOf([user.id, user.email])).toEqual([]);
	expect(await objectsOf(ids)).toEqual([]);
	for (const id of ids) {
		const session = bindings.UPLOADS.get(bindings.UPLOADS.idFromName(id));
		expect(await session.take()).toBeNull();
	}
	// Somebody else's are still there.
	expect((await signUp()).token).toMatch(/\./);
});

test("only who knows the password deletes it, and until then nothing changes", async () => {
	const user = await signUp();
	await uploadVideo(user);
	const before = await tracesOf([user.id, user.email]);
	await expectProblem(await remove(user, {}, "wrong password"), 403, "wrong_password");
	await expectProblem(await send("/account", post({}, user.auth, "DELETE")), 400, "invalid_body");
	expect(await tracesOf([user.id, user.email])).toEqual(before);
});

test("a token that has outlived it opens nothing, begins nothing and sees nothing", async () => {
	const user = await signUp();
	const { id } = await uploadVideo(user);
	await remove(user);
	const key = { "idempotency-key": crypto.randomUUID() };
	const upload = (headers = {}) =>
		send("/upload", { method: "POST", headers: { ...user.auth, ...headers }, body: videoForm() });
	const create = { method: "POST", headers: tus(user, { "upload-length": "9" }) };
	for (const response of [
		await upload(),
		await upload(key),
		await send("/uploads", create),
		await send("/account", { headers: user.auth }),
		await send("/account", post({ name: "Ghost" }, user.auth, "PATCH")),
		await send("/account/verification", { method: "POST", headers: user.auth }),
		await send("/account/email", post({ username: newAddress(), password: PASSWORD }, user.auth)),
		await remove(user),
	]) {
		await expectProblem(response, 401, "invalid_token");
	}
	const list = await send("/conversions", { headers: user.auth });
	expect(await list.json()).toEqual({ conversions: [], nextCursor: null });
	for (const path of [`/conversions/${id}`, `/download?fid=${id}`]) {
		await expectProblem(await send(path, { headers: user.auth }), 404, "not_found");
	}
	const login = await send("/login", { method: "POST", headers: basic(user.email, PASSWORD) });
	await expectProblem(login, 401, "invalid_credentials");
	expect(await tracesOf([user.id, user.email])).toEqual([]);
});

test("a token that was issued before the confirmation opens nothing either", async () => {
	const user = await signUp();
	await bindings.DB.prepare("update users set email_verified_at_ms = null where id = ?")
		.bind(user.id)
		.run();
	const response = await send("/login", {
		method: "POST",
		headers: basic(user.email, PASSWORD),
	});
	const auth = { authorization: `Bearer ${await response.text()}` };
	await remove(user);
	const ask = post({ sha256: "ab".repeat(32) }, auth);
	await expectProblem(await send("/conversions", ask), 401, "invalid_token");
});

test("who registers the address again has a fresh account, with a deletion still under way", async () => {
	const user = await signUp();
	await uploadVideo(user);
	// The Worker dies before it has removed anything.
	expect((await remove(user, crashingAt(1).replaced)).status).toBe(204);
	const registration = { name: "Ada", username: user.email, password: "another horse battery" };
	expect((await send("/register", post(registration))).status).toBe(201);
	const headers = basic(user.email, registration.password);
	const token = await (await send("/login", { method: "POST", headers })).text();
	const auth = { authorization: `Bearer ${token}` };
	const account = await (await send("/account", { headers: auth })).json();
	expect(account).toMatchObject({ username: user.email, emailVerified: false });
	expect((account as { id: string }).id).not.toBe(user.id);

	await watch();
	expect(await tracesOf([user.id])).toEqual([]);
	expect((await send("/account", { headers: auth })).status).toBe(200);
	expect(await (await send("/conversions", { headers: auth })).json()).toMatchObject({
		conversions: [],
	});
});

test("what a transcoder stores late is removed a day later, and names nobody until then", async () => {
	const user = await signUp();
	const { id } = await uploadVideo(user);
	await remove(user);
	await bindings.MP3S.put(`${id}/1.mp3`, "late");
	await watch();
	expect(await objectsOf([id])).toEqual([`${id}/1.mp3`]);
	expect(await tracesOf([user.id, user.email])).toEqual([]);
	await watch(DELETED_KEPT_MS + 60_000);
	expect(await objectsOf([id])).toEqual([]);
	expect(await tracesOf([id])).toEqual([]);
});

test.each([null, 9])(
	"an upload under way when its owner's account goes leaves nothing (its length: %j)",
	async (exactBytes) => {
		const user = await signUp();
		const limits = usualLimits(bindings);
		const reception = {
			db,
			bucket: bindings.VIDEOS,
			userId: user.id,
			limits,
			maxBytes: 100,
			announcedBytes: exactBytes,
			exactBytes,
			declaredSha256: null,
		};
		const upload = await VideoUpload.begin(reception, "holiday.mp4");
		const id = await bindings.DB.prepare("select id from conversions where user_id = ?")
			.bind(user.id)
			.first<string>("id");
		await upload?.write(new TextEncoder().encode(TINY_VIDEO));
		await remove(user);
		const finished = await upload?.finish({ sha256: "ab", options: { quality: "high" } });
		expect(finished).toBeNull();
		// As every upload does that could not be queued.
		await upload?.abandon();
		expect(await objectsOf([id ?? ""])).toEqual([]);
		expect(await tracesOf([user.id])).toEqual([]);
		expect(await VideoUpload.begin(reception, "another.mp4")).toBeNull();
	},
);

test("a resumable upload that is being opened when the account goes leaves nothing", async () => {
	const user = await signUp();
	let id = "";
	const VIDEOS = new Proxy(bindings.VIDEOS, {
		get(target, name) {
			const member = Reflect.get(target, name, target);
			if (name !== "createMultipartUpload") return member.bind(target);
			return async (key: string) => {
				id = key;
				await remove(user);
				return target.createMultipartUpload(key);
			};
		},
	});
	const create = { method: "POST", headers: tus(user, { "upload-length": "9" }) };
	await expectProblem(await send("/uploads", create, { VIDEOS }), 409, "upload_conflict");
	expect(await bindings.UPLOADS.get(bindings.UPLOADS.idFromName(id)).take()).toBeNull();
	expect(await tracesOf([user.id])).toEqual([]);
	await expectProblem(await goOn(user, id), 401, "invalid_token");
});

test("an account that is too large to go at once is ended by the watchdog", async () => {
	const count = MAX_DELETED_AT_ONCE * MAX_DELETIONS_A_RUN + 1;
	const { id, ids } = await closedAccount(count);
	await removeAccount(bindings, db, id);
	expect(await tracesOf([id])).not.toEqual([]);
	expect((await objectsOf(ids)).length).toBeLessThanOrEqual(2);
	await watch();
	expect(await tracesOf([id])).toEqual([]);
	expect(await objectsOf(ids)).toEqual([]);
});

test("wherever the Worker dies on the way, the watchdog ends it", async () => {
	let deaths = 0;
	for (let step = 1; ; step++) {
		const { id, ids } = await closedAccount(2);
		const { replaced, hasCrashed } = crashingAt(step);
		const dying = { ...bindings, ...replaced };
		await removeAccount(dying, connect(dying.DB), id);
		if (!hasCrashed()) break;
		deaths += 1;
		await watch();
		expect(await tracesOf([id]), `died at step ${step}`).toEqual([]);
		// Rows go first; what a dead Worker had still to remove of theirs follows a day later.
		await watch(DELETED_KEPT_MS + 60_000);
		expect(await objectsOf(ids), `died at step ${step}`).toEqual([]);
	}
	expect(deaths).toBeGreaterThan(15);
});

test("a Worker that dies after the account is closed has told its owner that it is gone", async () => {
	const user = await signUp();
	await uploadVideo(user);
	expect((await remove(user, crashingAt(2).replaced)).status).toBe(204);
	const login = await send("/login", { method: "POST", headers: basic(user.email, PASSWORD) });
	await expectProblem(login, 401, "invalid_credentials");
	expect(await tracesOf([user.email])).toEqual([]);
});

/** An account that auth has closed, with conversions: one of them still being uploaded. */
async function closedAccount(count: number): Promise<{ id: UserId; ids: ConversionId[] }> {
	const nowMs = Date.now();
	const id = newUserId(nowMs);
	const passwordHash = crypto.randomUUID();
	await db.insert(users).values({
		id,
		email: newAddress(),
		name: "Ada",
		passwordHash,
		createdAtMs: nowMs,
		emailVerifiedAtMs: nowMs,
	});
	const ids = Array.from({ length: count }, () => newConversionId(nowMs));
	for (const [index, conversion] of ids.entries()) {
		const isUploading = index === 0;
		const { uploadId } = await bindings.VIDEOS.createMultipartUpload(conversion);
		await db.insert(conversions).values({
			id: conversion,
			userId: id,
			status: isUploading ? "uploading" : "queued",
			filename: "holiday.mp4",
			options: { quality: "high" },
			multipartUploadId: isUploading ? uploadId : null,
			resendAtMs: nowMs + DELETED_KEPT_MS * 2,
			createdAtMs: nowMs,
		});
		await bindings.VIDEOS.put(isUploading ? `${conversion}.tail.1` : conversion, "video");
		if (!isUploading) await bindings.MP3S.put(`${conversion}/1.mp3`, "mp3");
	}
	await closeAccount(db, { id, passwordHash }, nowMs);
	return { id, ids };
}
