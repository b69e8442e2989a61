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
