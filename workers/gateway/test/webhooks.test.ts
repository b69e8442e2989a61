import { beforeEach, describe, expect, test } from "vitest";
import type { ConversionId } from "#contracts/ids.ts";
import type { DeliveryDocument, DeliveryWithLog, WebhookDocument } from "#contracts/webhook.ts";
import { findWebhook, rotateWebhookSecret } from "#db/queries/webhooks.ts";
import { webhookDeliveries } from "#db/schema/webhook-deliveries.ts";
import { webhookTries } from "#db/schema/webhook-tries.ts";
import { liveWebhookSecrets } from "#signing/webhook-secret.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import {
	bindings,
	expectProblem,
	post,
	send,
	signUp,
	signUpUnverified,
	type TestUser,
	uploadVideo,
} from "./client.ts";
import { convert, db, MP3_KEPT_MS } from "./lifecycle.ts";

let user: TestUser;
beforeEach(async () => {
	user = await signUp();
});

const URL_OF_MINE = "https://hooks.example.com/earshot?to=me";
type Created = WebhookDocument & { secret: string };

const ask = (path: string, method = "GET", by = user, replaced = {}) =>
	send(`/webhooks${path}`, { method, headers: by.auth }, replaced);
const create = (body: object, by = user) => send("/webhooks", post(body, by.auth));
async function created(body: object = {}, by = user): Promise<Created> {
	const response = await create({ url: URL_OF_MINE, ...body }, by);
	expect(response.status).toBe(201);
	return response.json();
}
const change = (id: string, body: unknown) =>
	send(`/webhooks/${id}`, post(body, user.auth, "PATCH"));
async function deliveries(id: string, query = ""): Promise<DeliveryDocument[]> {
	const response = await ask(`/${id}/deliveries${query}`);
	return ((await response.json()) as { deliveries: DeliveryDocument[] }).deliveries;
}

/** A queue that keeps what is sent to it. */
function keepingQueue() {
	const messages: unknown[] = [];
	const sendBatch: Queue["sendBatch"] = async (batch) => {
		messages.push(...[...batch].map(({ body }) => body));
		return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
	};
	return { messages, WEBHOOK_QUEUE: { ...bindings.WEBHOOK_QUEUE, sendBatch } };
}

async function cancelled(by = user): Promise<ConversionId> {
	const { id } = await uploadVideo(by);
	const { WEBHOOK_QUEUE } = keepingQueue();
	const init = { method: "POST", headers: by.auth };
	expect((await send(`/conversions/${id}/cancel`, init, { WEBHOOK_QUEUE })).status).toBe(200);
	return id as ConversionId;
}

describe("a webhook", () => {
	test("is made with a secret, which is shown that once", async () => {
		const response = await create({ url: URL_OF_MINE });
		expect(response.headers.get("cache-control")).toBe("no-store");
		const { secret, ...document }: Created = await response.json();
		expect(response.headers.get("location")).toBe(`/webhooks/${document.id}`);
		expect(document).toEqual({
			id: expect.stringMatching(/^whk_/),
			url: URL_OF_MINE,
			name: "hooks.example.com",
			events: [
				"conversion.completed",
				"conversion.failed",
				"conversion.cancelled",
				"conversion.expired",
			],
			enabled: true,
			disabledBecause: null,
			disabledAt: null,
			failingSince: null,
			previousSecretUntil: null,
			createdAt: expect.any(String),
		});
		expect(Buffer.from(secret.replace(/^whsec_/, ""), "base64")).toHaveLength(32);
		expect(await (await ask(`/${document.id}`)).json()).toEqual(document);
		expect(await (await ask("")).json()).toEqual({ webhooks: [document] });
		// In D1, too, there is nothing that signs.
		const { results } = await bindings.DB.prepare("select * from webhooks").all();
		expect(JSON.stringify(results)).not.toContain(secret.slice(6));
	});

	test("has a secret of its own", async () => {
		expect((await created()).secret).not.toBe((await created()).secret);
	});

	test.each([
		["no address", { url: undefined }],
		["an empty name", { name: " " }],
		["no events", { events: [] }],
		["an unknown event", { events: ["conversion.started"] }],
		["a secret of one's own", { secret: "whsec_x" }],
		["an address of this machine", { url: "https://localhost/" }],
	])("with %s is refused", async (_, body) => {
		await expectProblem(await create({ url: URL_OF_MINE, ...body }), 400, "invalid_body");
		expect(await (await ask("")).json()).toEqual({ webhooks: [] });
	});

	test("is not to be had before one's address is confirmed: a stranger has nobody called", async () => {
		const stranger = await signUpUnverified();
		await expectProblem(await create({ url: URL_OF_MINE }, stranger), 403, "email_unverified");
	});

	test("is one of ten at most, of eleven at once, too", async () => {
		const all = await Promise.all(Array.from({ length: 11 }, () => create({ url: URL_OF_MINE })));
		expect(all.map(({ status }) => status).toSorted()).toEqual([...Array(10).fill(201), 409]);
		await expectProblem(await create({ url: URL_OF_MINE }), 409, "too_many_webhooks");
	});

	test("is not to be had for an account that is being deleted", async () => {
		await bindings.DB.prepare("update users set deleted_at_ms = 1 where id = ?")
			.bind(user.id)
			.run();
		await expectProblem(await create({ url: URL_OF_MINE }), 401, "invalid_token");
		expect(await (await ask("")).json()).toEqual({ webhooks: [] });
	});

	test("is nobody else's", async () => {
		const { id } = await created();
		await cancelled();
		const [delivery] = await deliveries(id);
		const stranger = await signUp();
		for (const [path, method] of [
			[`/${id}`, "GET"],
			[`/${id}`, "DELETE"],
			[`/${id}/secret`, "POST"],
			[`/${id}/deliveries`, "GET"],
			[`/${id}/deliveries/${delivery?.eventId}`, "GET"],
			[`/${id}/deliveries/${delivery?.eventId}/replay`, "POST"],
		] as const) {
			await expectProblem(await ask(path, method, stranger), 404, "not_found");
		}
		const patch = post({ enabled: false }, stranger.auth, "PATCH");
		await expectProblem(await send(`/webhooks/${id}`, patch), 404, "not_found");
		expect(await (await ask(`/${id}`)).json()).toMatchObject({ enabled: true });
		expect(await (await ask("", "GET", stranger)).json()).toEqual({ webhooks: [] });
	});

	test("can be changed", async () => {
		const { id } = await created();
		const body = { url: "https://example.org/", name: "other", events: ["conversion.failed"] };
		expect(await (await change(id, body)).json()).toMatchObject(body);
		await expectProblem(await change(id, {}), 400, "invalid_body");
		await expectProblem(await change(id, { url: "http://10.0.0.1/" }), 400, "invalid_body");
		await expectProblem(await change("whk_nonsense", body), 404, "not_found");
		expect(await (await ask(`/${id}`)).json()).toMatchObject(body);
	});

	test("begins anew with another address, and with nothing else that is changed", async () => {
		const { id } = await created();
		await bindings.DB.prepare("update webhooks set failing_since_ms = 1 where id = ?")
			.bind(id)
			.run();
		const failingSince = async (body: object) =>
			((await (await change(id, body)).json()) as WebhookDocument).failingSince;
		expect(await failingSince({ name: "other" })).toBe("1970-01-01T00:00:00.001Z");
		expect(await failingSince({ url: "https://example.org/" })).toBeNull();
	});

	test("can be turned off, and on again, which forgets how it failed", async () => {
		const { id } = await created();
		expect(await (await change(id, { enabled: false })).json()).toMatchObject({
			enabled: false,
			disabledBecause: "owner",
			disabledAt: expect.any(String),
		});
		await bindings.DB.prepare(
			"update webhooks set disabled_because = 'failing', failing_since_ms = 1 where id = ?",
		)
			.bind(id)
			.run();
		// What failed is not turned off by its owner by being turned off again.
		expect(await (await change(id, { enabled: false })).json()).toMatchObject({
			disabledBecause: "failing",
			failingSince: "1970-01-01T00:00:00.001Z",
		});
		expect(await (await change(id, { enabled: true })).json()).toMatchObject({
			enabled: true,
			disabledBecause: null,
			disabledAt: null,
			failingSince: null,
		});
	});

	test("is gone with its log", async () => {
		const { id } = await created();
		await cancelled();
		expect((await ask(`/${id}`, "DELETE")).status).toBe(204);
		await expectProblem(await ask(`/${id}`), 404, "not_found");
		await expectProblem(await ask(`/${id}`, "DELETE"), 404, "not_found");
		expect(
			(await db.select().from(webhookDeliveries)).filter((row) => row.webhookId === id),
		).toEqual([]);
	});
});

describe("the secret", () => {
	const rotate = async (id: string): Promise<Created> =>
		(await ask(`/${id}/secret`, "POST")).json();
	async function live(id: string, afterMs = 0): Promise<string[]> {
		const row = await bindings.DB.prepare(
			"select id, secret_generation as secretGeneration, previous_secret_until_ms as previousSecretUntilMs from webhooks where id = ?",
		)
			.bind(id)
			.first<Parameters<typeof liveWebhookSecrets>[1]>();
		if (row === null) throw new Error("no webhook");
		return liveWebhookSecrets(bindings.NOTIFY_KEY, row, Date.now() + afterMs);
	}

	test("is rotated: for a day two are live, the newest first, and never three", async () => {
		const first = await created();
		const second = await rotate(first.id);
		expect(Date.parse(second.previousSecretUntil ?? "") - Date.now()).toBeGreaterThan(86_000_000);
		expect(await live(first.id)).toEqual([second.secret, first.secret]);
		const third = await rotate(first.id);
		expect(await live(first.id)).toEqual([third.secret, second.secret]);
		expect(await live(first.id, 86_500_000)).toEqual([third.secret]);
		expect(new Set([first.secret, second.secret, third.secret]).size).toBe(3);
	});

	test("is rotated by two clicks at once as by one: what receivers know still signs", async () => {
		const { id, secret } = await created();
		const both = await Promise.all([rotate(id), rotate(id)]);
		const secrets = await live(id);
		// Unless one had ended before the other began.
		if (both[0].secret === both[1].secret) expect(secrets).toEqual([both[0].secret, secret]);
		for (const one of both) expect(secrets).toContain(one.secret);
	});

	test("of a rotation that was overtaken is that of the other", async () => {
		const first = await created();
		const webhook = await findWebhook(db, user.id, first.id);
		if (webhook === null) throw new Error("no webhook");
		const second = await rotate(first.id);
		// Whoever has looked at it before that changes nothing.
		expect(await rotateWebhookSecret(db, user.id, webhook, Date.now() + 1000)).toBeNull();
		expect(await live(first.id)).toEqual([second.secret, first.secret]);
	});
});

describe("what a webhook is told", () => {
	test("is handed to the queue when a conversion is cancelled, once", async () => {
		const { id } = await created();
		const { id: conversionId } = await uploadVideo(user);
		const { messages, WEBHOOK_QUEUE } = keepingQueue();
		const cancel = () =>
			send(
				`/conversions/${conversionId}/cancel`,
				{ method: "POST", headers: user.auth },
				{ WEBHOOK_QUEUE },
			);
		await cancel();
		await cancel();
		const eventId = `evt_${conversionId.slice(4)}_1_cancelled`;
		expect(messages).toEqual([{ v: 1, webhookId: id, eventId }]);
		expect(await deliveries(id)).toMatchObject([
			{ eventId, type: "conversion.cancelled", conversionId, state: "pending", tries: 0 },
		]);
	});

	test("waits for notify's cron when the queue is down, and the cancellation stands", async () => {
		const { id } = await created();
		const { id: conversionId } = await uploadVideo(user);
		const sendBatch = () => Promise.reject(new Error("the queue is down"));
		const WEBHOOK_QUEUE = { ...bindings.WEBHOOK_QUEUE, sendBatch };
		const init = { method: "POST", headers: user.auth };
		const response = await send(`/conversions/${conversionId}/cancel`, init, { WEBHOOK_QUEUE });
		expect(response.status).toBe(200);
		expect(await deliveries(id)).toMatchObject([{ state: "pending" }]);
	});

	test("is handed to the queue when an MP3 has been deleted", async () => {
		const { id } = await created({ events: ["conversion.expired"] });
		const { id: conversionId, message } = await uploadVideo(user);
		await convert(message);
		const { messages, WEBHOOK_QUEUE } = keepingQueue();
		await runWatchdog({ ...bindings, WEBHOOK_QUEUE }, db, Date.now() + MP3_KEPT_MS + 1000);
		expect(messages).toContainEqual({
			v: 1,
			webhookId: id,
			eventId: `evt_${conversionId.slice(4)}_1_expired`,
		});
		expect(await deliveries(id)).toMatchObject([{ type: "conversion.expired" }]);
	});

	test("is what it asked for, while it is on, of its owner's conversions", async () => {
		const wants = await created({ events: ["conversion.cancelled"] });
		const wantsOther = await created({ events: ["conversion.completed"] });
		const off = await created();
		await change(off.id, { enabled: false });
		const stranger = await signUp();
		const theirs = await created({}, stranger);
		await cancelled();
		expect(await deliveries(wants.id)).toHaveLength(1);
		expect(await deliveries(wantsOther.id)).toEqual([]);
		expect(await deliveries(off.id)).toEqual([]);
		const response = await ask(`/${theirs.id}/deliveries`, "GET", stranger);
		expect(await response.json()).toEqual({ deliveries: [], nextCursor: null });
	});

	test("goes with the conversion when that is deleted", async () => {
		const { id } = await created();
		const conversionId = await cancelled();
		await send(`/conversions/${conversionId}`, { method: "DELETE", headers: user.auth });
		expect(await deliveries(id)).toEqual([]);
	});
});

describe("the log", () => {
	test("has each event, newest first, page by page, and by state", async () => {
		const { id } = await created();
		const ids: string[] = [];
		for (let n = 0; n < 3; n++) ids.unshift(await cancelled());
		await bindings.DB.prepare(
			"update webhook_deliveries set state = 'delivered' where conversion_id = ?",
		)
			.bind(ids[1])
			.run();
		const first = await ask(`/${id}/deliveries?limit=2`);
		const page: { deliveries: DeliveryDocument[]; nextCursor: string } = await first.json();
		expect(page.deliveries.map(({ conversionId }) => conversionId)).toEqual(ids.slice(0, 2));
		const rest = await ask(`/${id}/deliveries?limit=2&cursor=${page.nextCursor}`);
		expect(await rest.json()).toMatchObject({
			deliveries: [{ conversionId: ids[2] }],
			nextCursor: null,
		});
		expect(await deliveries(id, "?state=delivered")).toMatchObject([{ conversionId: ids[1] }]);
		for (const query of ["?cursor=nonsense", "?limit=0", "?state=lost", "?order=asc"]) {
			await expectProblem(await ask(`/${id}/deliveries${query}`), 400, "invalid_query");
		}
	});

	test("of one event has its tries", async () => {
		const { id } = await created();
		await cancelled();
		const [delivery] = await deliveries(id);
		const { eventId = "" } = delivery ?? {};
		const one = { webhookId: id, eventId, startedAtMs: 1000, latencyMs: 12 };
		await db.insert(webhookTries).values([
			{ ...one, failure: "timed_out" },
			{ ...one, status: 500, answer: "no" },
		]);
		const response = await ask(`/${id}/deliveries/${eventId}`);
		const shown: DeliveryWithLog = await response.json();
		expect(shown).toEqual({
			...delivery,
			log: [
				{
					startedAt: "1970-01-01T00:00:01.000Z",
					latencyMs: 12,
					status: null,
					failure: "timed_out",
					answer: null,
				},
				{
					startedAt: "1970-01-01T00:00:01.000Z",
					latencyMs: 12,
					status: 500,
					failure: null,
					answer: "no",
				},
			],
		});
		await expectProblem(await ask(`/${id}/deliveries/evt_nonsense`), 404, "not_found");
	});
});

describe("a replay", () => {
	async function failedDelivery(): Promise<{ id: string; eventId: string }> {
		const { id } = await created();
		await cancelled();
		const [delivery] = await deliveries(id);
		await bindings.DB.prepare(
			"update webhook_deliveries set state = 'failed', tries = 9, begun_at_ms = 1 where webhook_id = ?",
		)
			.bind(id)
			.run();
		return { id, eventId: delivery?.eventId ?? "" };
	}

	test("has the same event sent again now, for a day from now", async () => {
		const { id, eventId } = await failedDelivery();
		const { messages, WEBHOOK_QUEUE } = keepingQueue();
		const before = Date.now();
		const response = await ask(`/${id}/deliveries/${eventId}/replay`, "POST", user, {
			WEBHOOK_QUEUE,
		});
		expect(response.status).toBe(202);
		expect(await response.json()).toMatchObject({ eventId, state: "pending", tries: 0 });
		expect(messages).toEqual([{ v: 1, webhookId: id, eventId }]);
		const row = await bindings.DB.prepare(
			"select begun_at_ms as begun from webhook_deliveries where webhook_id = ?",
		)
			.bind(id)
			.first<{ begun: number }>();
		expect(row?.begun).toBeGreaterThanOrEqual(before);
	});

	test("while a try is under way is that try", async () => {
		const { id, eventId } = await failedDelivery();
		await bindings.DB.prepare(
			"update webhook_deliveries set state = 'pending', leased_until_ms = ? where webhook_id = ?",
		)
			.bind(Date.now() + 60_000, id)
			.run();
		const { WEBHOOK_QUEUE } = keepingQueue();
		const response = await ask(`/${id}/deliveries/${eventId}/replay`, "POST", user, {
			WEBHOOK_QUEUE,
		});
		expect(await response.json()).toMatchObject({ state: "pending", tries: 9 });
	});

	test("of a webhook that is off is refused", async () => {
		const { id, eventId } = await failedDelivery();
		await change(id, { enabled: false });
		const response = await ask(`/${id}/deliveries/${eventId}/replay`, "POST");
		await expectProblem(response, 409, "webhook_disabled");
	});

	test("too often is refused: nobody floods a server by way of ours", async () => {
		const { id, eventId } = await failedDelivery();
		let refused: Response | undefined;
		// A minute of the clock may end in between: enough for two.
		for (let count = 0; count < 61 && refused === undefined; count++) {
			const response = await ask(`/${id}/deliveries/${eventId}/replay`, "POST");
			if (response.status !== 202) refused = response;
		}
		expect(refused?.headers.get("ratelimit-policy")).toBe('"webhook-replay-by-user";q=30;w=60');
		await expectProblem(refused ?? expect.fail(), 429, "rate_limited");
	});

	test("of what it was not told is refused", async () => {
		const { id } = await failedDelivery();
		await expectProblem(await ask(`/${id}/deliveries/evt_x/replay`, "POST"), 404, "not_found");
	});
});
