import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { confirmAddress, login, register } from "../local/client.ts";
import { awaitLinkToken, awaitMail, mailsTo } from "../local/mailbox.ts";
import { type Earshot, startEarshot } from "./earshot.ts";

/*
 * Accounts through the real queue and the real mail: what a person does with a browser and a mailbox.
 */

let earshot: Earshot;

beforeAll(async () => {
	earshot = await startEarshot();
});
afterAll(() => earshot?.close());

const patience = () => AbortSignal.timeout(20_000);

/** Sends JSON and returns the status. */
async function ask(
	method: string,
	path: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<number> {
	const response = await fetch(`${earshot.url}${path}`, {
		method,
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});
	await response.text();
	return response.status;
}

async function uploadStatus(token: string): Promise<number> {
	const body = new FormData();
	body.set("file", new File(["\0\0\0\x18ftypm"], "holiday.mp4"));
	const headers = { authorization: `Bearer ${token}` };
	const response = await fetch(`${earshot.url}/upload`, { method: "POST", headers, body });
	await response.text();
	return response.status;
}

test("who registers is mailed a link, and can upload once it is opened, with the same token", async () => {
	const [username, password] = [`${randomUUID()}@example.com`, randomUUID()];
	await register(earshot.url, { name: "Ada", username, password });
	const token = await login(earshot.url, username, password);
	expect(await uploadStatus(token)).toBe(403);

	const link = await awaitLinkToken(earshot.url, username, "verify", patience());
	await confirmAddress(earshot.url, link);
	expect(await uploadStatus(token)).toBe(202);
	await expect(confirmAddress(earshot.url, link)).rejects.toThrow("400 invalid_link");
	expect(earshot.logs()).not.toContain(link);
});

test("a forgotten password is replaced by mail, and its owner is told", async () => {
	const { email, password } = await earshot.newUser();
	expect(await ask("POST", "/account/password-reset", { username: email })).toBe(202);
	const token = await awaitLinkToken(earshot.url, email, "reset", patience());
	const renewed = { token, password: randomUUID() };
	expect(await ask("POST", "/account/password-reset/confirm", renewed)).toBe(200);
	await expect(login(earshot.url, email, password)).rejects.toThrow("401");
	await login(earshot.url, email, renewed.password);
	await awaitMail(earshot.url, email, "has a new password", patience());
	expect(earshot.logs()).not.toContain(token);
});

test("an account moves to another address by mail, and the old one is told", async () => {
	const { email, password, auth } = await earshot.newUser();
	const username = `${randomUUID()}@example.com`;
	expect(await ask("POST", "/account/email", { username, password }, auth)).toBe(202);
	const token = await awaitLinkToken(earshot.url, username, "change-email", patience());
	expect(await ask("POST", "/account/email/confirm", { token })).toBe(200);
	await login(earshot.url, username, password);
	await awaitMail(earshot.url, email, "has moved to another address", patience());
	expect(await mailsTo(earshot.url, username)).toHaveLength(1);
});

test("who registers a second time is told by mail, and by nothing else", async () => {
	const { email: username, password } = await earshot.newUser();
	await register(earshot.url, { name: "Eve", username, password: randomUUID() });
	const mail = await awaitMail(earshot.url, username, "You have one already", patience());
	expect(mail.text).not.toContain("Eve");
	await login(earshot.url, username, password);
});

test.each(["verify", "reset", "change-email"])(
	"the page /%s loads nothing from elsewhere, runs no script of its own, and tells nobody its address",
	async (path) => {
		const page = await fetch(`${earshot.url}/${path}`);
		expect(page.status).toBe(200);
		expect(page.headers.get("content-security-policy")).toBe(
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		);
		expect(page.headers.get("referrer-policy")).toBe("no-referrer");
		const html = await page.text();
		expect(html).not.toMatch(/<script[^>]*>[^<]|<style| style=| on\w+=/);
		const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url ?? "");
		expect(addresses).toContain(`/pages/${path}.js`);
		for (const address of addresses) {
			const response = await fetch(new URL(address, earshot.url));
			expect([response.status, new URL(response.url).origin]).toEqual([200, earshot.url]);
			await response.arrayBuffer();
		}
	},
);
