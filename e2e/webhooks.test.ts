import { once } from "node:events";
import type { Server } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createReceiver, type Event } from "../examples/webhook-receiver.ts";
import { getConversion, upload } from "../local/client.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type User } from "./earshot.ts";

/*
 * Events that reach the example's receiver, from real Workers and by real HTTP.
 */

let earshot: Earshot;
let user: User;
beforeAll(async () => {
	earshot = await startEarshot();
	user = await earshot.newUser();
});
afterAll(() => earshot?.close());

const servers: Server[] = [];
afterEach(async () => {
	for (const server of servers.splice(0)) {
		server.closeAllConnections();
		await new Promise((done) => server.close(done));
	}
});

interface Hook {
	id: string;
	secret: string;
	events: Event[];
}

const api = async (path: string, method = "GET", body?: unknown) => {
	const response = await fetch(`${earshot.url}${path}`, {
		method,
		headers: { ...user.auth, ...(body !== undefined && { "content-type": "application/json" }) },
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	return { status: response.status, body: text === "" ? null : JSON.parse(text) };
};

/** A webhook at a receiver that knows its secret, or another one. */
async function hook(believes?: string): Promise<Hook> {
	const events: Event[] = [];
	const port = await new Promise<number>((done, fail) => {
		const probe = createReceiver("whsec_AAAA", () => {}).listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() =>
				typeof address === "object" && address ? done(address.port) : fail(new Error("no port")),
			);
		});
	});
	const { status, body } = await api("/webhooks", "POST", {
		url: `http://127.0.0.1:${port}/earshot`,
	});
	expect(status).toBe(201);
	const server = createReceiver(believes ?? body.secret, (event) => events.push(event));
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	servers.push(server);
	return { id: body.id, secret: body.secret, events };
}

const deliveriesOf = async ({ id }: Hook) =>
	(await api(`/webhooks/${id}/deliveries`)).body.deliveries as { eventId: string; state: string }[];

test("who has had a video converted is told, as the API tells it", async () => {
	const mine = await hook();
	const { id } = await upload(earshot.url, user.token, await media.mp4());
	const transcoder = earshot.startTranscoder();
	await expect.poll(() => mine.events, { timeout: 50_000 }).toHaveLength(1);
	const [event] = mine.events;
	const { body } = await api(`/conversions/${id}`);
	expect(event).toMatchObject({ type: "conversion.completed", data: body });
	expect(body.status).toBe("done");
	await expect.poll(() => deliveriesOf(mine)).toMatchObject([{ state: "delivered" }]);

	// Replayed, it is the same event: the receiver knows it.
	const [delivery] = await deliveriesOf(mine);
	const replay = `/webhooks/${mine.id}/deliveries/${delivery?.eventId}/replay`;
	expect((await api(replay, "POST")).status).toBe(202);
	await expect
		.poll(
			async () => (await api(`/webhooks/${mine.id}/deliveries/${delivery?.eventId}`)).body.log,
			{
				timeout: 20_000,
			},
		)
		.toMatchObject([{ status: 204 }, { status: 204 }]);
	expect(mine.events).toHaveLength(1);
	await transcoder.stop();
	await api(`/webhooks/${mine.id}`, "DELETE");
});

test("a receiver with another secret takes nothing, and the log says so", async () => {
	const mine = await hook("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
	const { id } = await upload(earshot.url, user.token, await media.mp4());
	expect((await api(`/conversions/${id}/cancel`, "POST")).status).toBe(200);
	expect((await getConversion(earshot.url, user.token, id)).status).toBe("cancelled");
	await expect
		.poll(() => deliveriesOf(mine), { timeout: 20_000 })
		.toMatchObject([{ type: "conversion.cancelled", state: "pending", tries: 1 }]);
	const [delivery] = await deliveriesOf(mine);
	const { body } = await api(`/webhooks/${mine.id}/deliveries/${delivery?.eventId}`);
	expect(body.log).toMatchObject([{ status: 401, failure: null }]);
	expect(mine.events).toEqual([]);
});
