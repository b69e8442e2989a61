import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Earshot, startEarshot } from "./earshot.ts";

let earshot: Earshot;

beforeAll(async () => {
	earshot = await startEarshot();
});
afterAll(() => earshot?.close());

test("the description has a readable page, and nothing on it comes from elsewhere", async () => {
	const page = await fetch(`${earshot.url}/docs`);
	expect(page.status).toBe(200);
	const policy = page.headers.get("content-security-policy") ?? "";
	expect(policy).toContain("default-src 'none'; script-src 'self';");
	expect(policy).not.toMatch(/https?:|\*/);

	const html = await page.text();
	const addresses = [...html.matchAll(/(?:src|href|data-url)="([^"]*)"/g)].map(([, url]) => url);
	expect(addresses).toContain("/openapi.json");
	expect(addresses.some((url) => url?.endsWith(".js"))).toBe(true);
	for (const url of addresses) {
		const response = await fetch(new URL(url ?? "", earshot.url));
		expect([response.status, new URL(response.url).origin]).toEqual([200, earshot.url]);
		await response.arrayBuffer();
	}
});

const ASSETS = resolve(import.meta.dirname, "../workers/gateway/assets");

test("every page and every file comes with the headers that the API's answers have", async () => {
	const files = await readdir(ASSETS, { recursive: true, withFileTypes: true });
	const paths = files
		.filter((file) => file.isFile() && !file.name.startsWith("_"))
		.map((file) => `${file.parentPath}/${file.name}`.slice(ASSETS.length).replace(/\.html$/, ""));
	expect(paths).toContain("/docs");
	for (const path of paths) {
		const { status, headers } = await fetch(`${earshot.url}${path}`);
		expect([path, status]).toEqual([path, 200]);
		// Twice the same would be put together with a comma.
		expect(Object.fromEntries(headers), path).toMatchObject({
			"cross-origin-opener-policy": "same-origin",
			"cross-origin-resource-policy": "same-origin",
			"referrer-policy": "no-referrer",
			"strict-transport-security": "max-age=31536000; includeSubDomains",
			"x-content-type-options": "nosniff",
		});
		if (!headers.get("content-type")?.startsWith("text/html")) continue;
		const policy = headers.get("content-security-policy") ?? "";
		expect(policy, path).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
		expect(policy, path).not.toMatch(/https?:|\*|,|script-src[^;]*'unsafe/);
	}
});
