import { describe, expect } from "vitest";
import { createQueuesClient } from "../queues/client.ts";
import { instantPacing } from "./instant-pacing.ts";
import { answer, hangUp } from "./peers/exchange.ts";
import { test as base } from "./peers-test.ts";

const test = base
	.extend("pacing", () => instantPacing())
	.extend("client", ({ peers, pacing }) =>
		createQueuesClient(credentials(peers.environment), pacing),
	);

const credentials = (env: Record<string, string>, token = env["QUEUES_API_TOKEN"]) => ({
	apiUrl: env["QUEUES_API_URL"] ?? "",
	accountId: env["CLOUDFLARE_ACCOUNT_ID"] ?? "",
	token: token ?? "",
});

const two = { batchSize: 2, visibilityTimeoutMs: 60_000 };
const never = new AbortController().signal;

describe("a pull", () => {
	test("reads JSON and text messages alike", async ({ peers, client }) => {
		peers.queues.send("video", { title: "Mélodie" });
		peers.queues.sendText("video", "plain „text“");
		expect(await client.pull("video", two, never)).toMatchObject({
			type: "pulled",
			messages: [{ text: '{"title":"Mélodie"}' }, { text: "plain „text“" }],
		});
	});

	test("leases no more than it asks for", async ({ peers, client }) => {
		for (let count = 0; count < 3; count++) peers.queues.send("video", count);
		const result = await client.pull("video", two, never);
		expect(result.type === "pulled" && result.messages).toHaveLength(2);
	});

	test.for([
		["an error", answer(500)],
		["a limit", answer(429, { "retry-after": "1" })],
		["a broken connection", hangUp],
	] as const)("is not repeated after %s", async ([_kind, fault], { peers, client, pacing }) => {
		peers.queues.failNext("pull", fault);
		expect(await client.pull("video", two, never)).toMatchObject({ type: "failed" });
		expect(peers.queues.seen.requests).toEqual(["pull"]);
		expect(pacing.sleptMs).toEqual([]);
	});

	test("says when the token is refused", async ({ peers, pacing }) => {
		const stranger = createQueuesClient(credentials(peers.environment, "wrong"), pacing);
		expect(await stranger.pull("video", two, never)).toEqual({ type: "refused", status: 401 });
	});

	test("takes no answer that is not Cloudflare's", async ({ peers, client }) => {
		peers.queues.failNext("pull", (exchange) => exchange.reply(200, { success: false }));
		peers.queues.failNext("pull", (exchange) => exchange.reply(200, Buffer.from("<html>")));
		expect(await client.pull("video", two, never)).toMatchObject({ type: "failed" });
		expect(await client.pull("video", two, never)).toMatchObject({ type: "failed" });
	});

	test("ends when it is aborted", async ({ peers, client }) => {
		const abort = new AbortController();
		peers.queues.failNext("pull", () => abort.abort(new Error("enough")));
		await expect(client.pull("video", two, abort.signal)).rejects.toThrow("enough");
	});
});

describe("an acknowledgement or a publication", () => {
	test("is repeated after network errors, 429 and 5xx, each time later", async ({
		peers,
		client,
		pacing,
	}) => {
		peers.queues.failNext("publish", hangUp, answer(429), answer(503));
		expect(await client.publishJson("mp3", { v: 1 })).toEqual({ ok: true });
		expect(peers.queues.bodies("mp3")).toEqual([{ v: 1 }]);
		expect(pacing.sleptMs).toEqual([250, 500, 1_000]);
	});

	test("waits as long as Retry-After asks, up to a minute", async ({ peers, client, pacing }) => {
		const date = new Date(Date.now() + 3_600_000).toUTCString();
		peers.queues.failNext(
			"publish",
			answer(429, { "retry-after": "7" }),
			answer(503, { "retry-after": date }),
			answer(503, { "retry-after": "soon" }),
		);
		await client.publishText("mp3", "text");
		expect(pacing.sleptMs).toEqual([7_000, 60_000, 1_000]);
	});

	test.for([400, 401, 403, 404, 413])(
		"is not repeated after %i",
		async (status, { peers, client, pacing }) => {
			peers.queues.failNext("ack", answer(status));
			expect(await client.acknowledge("video", "lease")).toEqual({
				ok: false,
				reason: `answered ${status}`,
			});
			expect(pacing.sleptMs).toEqual([]);
		},
	);

	test("is given up after six tries", async ({ peers, client }) => {
		peers.queues.failNext("ack", ...Array(9).fill(answer(500)));
		expect(await client.acknowledge("video", "lease")).toMatchObject({ ok: false });
		expect(peers.queues.seen.requests).toHaveLength(6);
	});
});

test("a message given back without delay can be pulled at once", async ({ peers, client }) => {
	const id = peers.queues.send("video", "again");
	const leaseOf = async () => {
		const result = await client.pull("video", two, never);
		return result.type === "pulled" ? result.messages[0]?.leaseId : undefined;
	};
	expect(await client.giveBack("video", (await leaseOf()) ?? "", 0)).toEqual({ ok: true });
	expect(await client.acknowledge("video", (await leaseOf()) ?? "")).toEqual({ ok: true });
	expect(peers.queues.seen.acknowledged).toEqual([id]);
});
