import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStack } from "./stack.ts";

const stack = createStack();
let origin: URL;

beforeAll(async () => {
	origin = (await stack.listen()).url;
});
afterAll(() => stack.close());

test.each([
	["GET", "/"],
	["HEAD", "/download?fid=cnv_1"],
	["PUT", "/upload?filename=a%20b.mp4"],
	["OPTIONS", "/upload"],
	["POST", "/client/v4/accounts/local/queues"],
	["POST", "/client/v4/accounts/local/queues/video/messages/peek"],
	["POST", "/client/v4/accounts/local/queues/video/messages/pull/"],
])(
	"%s %s goes to the gateway as it came, and the answer comes back as it is",
	async (method, path) => {
		const body = method === "PUT" || method === "POST" ? "the body" : undefined;
		const response = await fetch(new URL(path, origin), {
			method,
			headers: { Authorization: "Bearer of the gateway" },
			...(body && { body }),
		});
		expect(response.status).toBe(299);
		expect(Object.fromEntries(response.headers)).toMatchObject({
			"x-method": method,
			"x-target": path,
			"x-authorization": "Bearer of the gateway",
		});
		expect(await response.text()).toBe(body ?? "");
	},
);

test("a redirect of the gateway is the client's to follow", async () => {
	const response = await fetch(new URL("/moved", origin), { redirect: "manual" });
	expect(response.status).toBe(302);
	expect(response.headers.get("Location")).toBe("/elsewhere");
});

test("bodies are streamed both ways: the answer begins before the request ends", async () => {
	const upload = request(new URL("/echo", origin).href, { method: "POST" });
	upload.write("first");
	const [download]: IncomingMessage[] = await once(upload, "response");
	const chunks = download?.setEncoding("utf8")[Symbol.asyncIterator]();
	expect(await chunks?.next()).toMatchObject({ value: "first" });
	upload.end("second");
	expect(await chunks?.next()).toMatchObject({ value: "second" });
});

test("a cron trigger runs the gateway's, with its cron and time", async () => {
	const scheduledTime = new Date("2026-11-20T06:00:00Z");
	const result = await stack.getWorker().scheduled({ cron: "* * * * *", scheduledTime });
	expect(result.outcome).toBe("ok");
	expect(await (await stack.fetch("/seen")).json()).toMatchObject({
		scheduled: [{ cron: "* * * * *", scheduledTime: scheduledTime.getTime() }],
	});
});

test.each(["fail", "fail in notify"])("a cron trigger that fails there fails: %s", async (cron) => {
	const result = await stack.getWorker().scheduled({ cron, scheduledTime: new Date() });
	expect(result.outcome).not.toBe("ok");
});
