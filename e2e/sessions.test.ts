import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { register } from "../local/client.ts";
import { type Earshot, startEarshot } from "./earshot.ts";

/*
 * A browser's session and a program's key, with auth a Worker of its own and cookies that go over HTTP.
 */

let earshot: Earshot;
beforeAll(async () => {
	earshot = await startEarshot();
});
afterAll(() => earshot?.close());

test("a page logs in, stays logged in and makes a key; once logged out, its cookie is worth nothing", async () => {
	const [email, password] = [`${randomUUID()}@example.com`, randomUUID()];
	await register(earshot.url, { name: "Ada", username: email, password });
	let cookie = "";
	const call = async (path: string, method: string, headers = {}) => {
		const response = await fetch(`${earshot.url}${path}`, {
			method,
			headers: { origin: earshot.url, "sec-fetch-site": "same-origin", cookie, ...headers },
		});
		const [set] = response.headers.getSetCookie();
		if (set !== undefined) cookie = set.split(";")[0] ?? "";
		return response;
	};
	const tokenOf = async (response: Response) =>
		((await response.json()) as { token: string }).token;

	const basic = Buffer.from(`${email}:${password}`).toString("base64");
	await tokenOf(await call("/session", "POST", { authorization: `Basic ${basic}` }));
	const first = cookie;
	const token = await tokenOf(await call("/session/refresh", "POST"));
	expect(cookie).toMatch(/^__Secure-session=[\w-]{43}$/);
	expect(cookie).not.toBe(first);

	const made = await fetch(`${earshot.url}/keys`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify({ name: "program", scopes: ["read"] }),
	});
	const { key } = (await made.json()) as { key: string };
	const list = () =>
		fetch(`${earshot.url}/conversions`, { headers: { authorization: `Bearer ${key}` } });
	expect((await list()).status).toBe(200);

	const last = cookie;
	expect((await call("/session", "DELETE")).status).toBe(204);
	cookie = last;
	expect((await call("/session/refresh", "POST")).status).toBe(401);
	// The key is the program's, and goes on.
	expect((await list()).status).toBe(200);

	const secrets = [first, last].map((one) => one.split("=")[1] ?? "").concat(token, key, password);
	for (const secret of secrets) expect(earshot.logs()).not.toContain(secret);
});
