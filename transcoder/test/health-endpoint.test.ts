import { connect } from "node:net";
import { test as base, describe, expect, vi } from "vitest";
import { openHealthEndpoint } from "../health-endpoint.ts";
import { UNHEALTHY_AFTER_MS } from "../limits.ts";
import type { TranscoderProcess } from "./transcoder-process.ts";
import { test as transcoderTest } from "./transcoder-test.ts";

/** The process needs a moment to start. */
const LONG = { timeout: 30_000 };

/** An endpoint whose loop last turned so long ago; answers its URL. */
const test = base.extend("open", async ({ task: _ }, { onCleanup }) => {
	const endpoints = new AsyncDisposableStack();
	onCleanup(() => endpoints.disposeAsync());
	return async (silenceMs: number) => {
		const endpoint = endpoints.use(await openHealthEndpoint(0, async () => silenceMs));
		return { endpoint, url: `http://127.0.0.1:${endpoint.port}` };
	};
});

describe.concurrent("GET /healthz", () => {
	test("is 200 while the loop turns, with the age of its last turn", async ({ open }) => {
		const { url } = await open(UNHEALTHY_AFTER_MS - 1);
		const response = await fetch(`${url}/healthz`);
		expect(response.status).toBe(200);
		expect(response.headers.get("content-type")).toBe("application/json");
		expect(response.headers.get("cache-control")).toBe("no-store");
		expect(await response.json()).toEqual({ status: "ok", lastTurnMs: UNHEALTHY_AFTER_MS - 1 });
	});

	test("is 503 when the loop has not turned for a minute", async ({ open }) => {
		const { url } = await open(UNHEALTHY_AFTER_MS);
		const response = await fetch(`${url}/healthz`);
		expect(response.status).toBe(503);
		expect(await response.json()).toEqual({
			status: "unavailable",
			lastTurnMs: UNHEALTHY_AFTER_MS,
		});
	});

	test("is 503 when nothing is known of the loop", async ({ open }) => {
		const { url } = await open(Number.POSITIVE_INFINITY);
		const response = await fetch(`${url}/healthz`);
		expect(response.status).toBe(503);
		expect(await response.json()).toEqual({ status: "unavailable", lastTurnMs: null });
	});

	test("answers HEAD alike, without a body", async ({ open }) => {
		const { url } = await open(UNHEALTHY_AFTER_MS);
		const response = await fetch(`${url}/healthz`, { method: "HEAD" });
		expect(response.status).toBe(503);
		expect(await response.text()).toBe("");
	});
});

describe.concurrent("the health port", () => {
	test.for(["POST", "PUT", "DELETE", "OPTIONS"])("refuses to %s", async (method, { open }) => {
		const { url } = await open(0);
		const response = await fetch(`${url}/healthz`, { method });
		expect(response.status).toBe(405);
		expect(response.headers.get("allow")).toBe("GET, HEAD");
		expect(await response.text()).toBe("");
	});

	test.for(["/", "/healthz/", "/healthz/../etc/passwd", "/metrics", "//healthz"])(
		"has nothing at %s",
		async (path, { open }) => {
			const { url } = await open(0);
			// As it stands: fetch would tidy the path.
			const answer = await raw(url, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
			expect(answer).toMatch(/^HTTP\/1\.1 404 /);
		},
	);

	test("closes although a client has not finished asking", async ({ open }) => {
		const { endpoint, url } = await open(0);
		const asking = raw(url, "GET /healthz HTTP/1.1\r\nHost: x\r\n");
		await fetch(`${url}/healthz`);
		await endpoint[Symbol.asyncDispose]();
		expect(await asking).toBe("");
		await expect(fetch(`${url}/healthz`)).rejects.toThrow();
	});
});

describe.concurrent("a transcoder", () => {
	transcoderTest(
		"with HEALTH_PORT answers while it runs, and no longer once it was shut down",
		async ({ peers, start }) => {
			const transcoder = await start({ HEALTH_PORT: "0" });
			const url = `http://127.0.0.1:${await healthPort(transcoder)}/healthz`;
			await vi.waitFor(() => expect(peers.queues.seen.pulls.length).toBeGreaterThan(0), LONG);
			const response = await fetch(url);
			expect(response.status).toBe(200);
			expect(await response.json()).toEqual({ status: "ok", lastTurnMs: expect.any(Number) });

			transcoder.signal("SIGTERM");
			expect(await transcoder.exited).toEqual({ code: 0, signal: null });
			await expect(fetch(url)).rejects.toThrow();
		},
	);

	transcoderTest("without HEALTH_PORT opens none", async ({ peers, start }) => {
		const transcoder = await start({ HEALTH_PORT: "" });
		await vi.waitFor(() => expect(peers.queues.seen.pulls.length).toBeGreaterThan(0), LONG);
		expect(transcoder.log().map(({ event }) => event)).not.toContain("health_listening");
	});

	transcoderTest("does not start without the HEALTH_PORT it was given", async ({ start }) => {
		const first = await start({ HEALTH_PORT: "0" });
		const second = await start({ HEALTH_PORT: String(await healthPort(first)) });
		expect(await second.exited).toEqual({ code: 1, signal: null });
		expect(second.output.text).toContain("EADDRINUSE");
		expect(await second.leftovers()).toEqual([]);
	});
});

async function healthPort(transcoder: TranscoderProcess): Promise<number> {
	return vi.waitFor(() => {
		const line = transcoder.log().find(({ event }) => event === "health_listening");
		expect(line).toMatchObject({ port: expect.any(Number) });
		return Number(line?.["port"]);
	}, LONG);
}

/** The answer to these very bytes, once the connection has ended. */
function raw(url: string, request: string): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect(Number(new URL(url).port), "127.0.0.1");
		let answer = "";
		socket.setEncoding("latin1").on("data", (text: string) => {
			answer += text;
		});
		socket.on("error", () => undefined).on("close", () => resolve(answer));
		socket.write(request);
	});
}
