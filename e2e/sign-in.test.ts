import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { login, register } from "../local/client.ts";
import { type Earshot, startEarshot } from "./earshot.ts";
import { Browser } from "./sign-in/browser.ts";
import { GITHUB_CLIENT, startGitHub } from "./sign-in/github.ts";
import type { LocalServer } from "./sign-in/listen.ts";
import { CLIENT, startRealProvider } from "./sign-in/real-provider.ts";

/*
 * Signing in with an account of another site: a real OpenID provider (npm's oidc-provider) and what
 * GitHub has in place of one.
 */

const STATE_COOKIE = "__Secure-sign-in";
const SESSION_COOKIE = "__Secure-session";

let earshot: Earshot;
/** By their ids in the configuration. */
let providers: Record<string, LocalServer>;
let github: Awaited<ReturnType<typeof startGitHub>>;

beforeAll(async () => {
	github = await startGitHub();
	earshot = await startEarshot(async (url) => {
		const real = (id: string, claimsInIdToken: boolean) =>
			startRealProvider(`${url}/sign-in/${id}/callback`, { claimsInIdToken });
		providers = { acme: await real("acme", true), shy: await real("shy", false) };
		const oidc = Object.entries(providers).map(([id, server]) => ({
			id,
			name: "Acme",
			kind: "oidc",
			issuer: server.url,
			clientId: CLIENT.id,
		}));
		return {
			providers: [
				...oidc,
				{
					id: "github",
					name: "GitHub",
					kind: "github",
					clientId: GITHUB_CLIENT.id,
					url: github.url,
					apiUrl: github.url,
				},
			],
			secrets: { acme: CLIENT.secret, shy: CLIENT.secret, github: GITHUB_CLIENT.secret },
		};
	});
});
afterAll(async () => {
	await earshot?.close();
	for (const server of [github, ...Object.values(providers ?? {})]) await server?.close();
});

const newAddress = () => `${randomUUID()}@example.com`;

/** Goes to a provider, signs in and agrees there; returns the callback that it leads back to. */
async function comeBack(browser: Browser, provider: string, address: string, query = "") {
	const begun = await browser.open(`${earshot.url}/sign-in/${provider}${query}`);
	expect(begun.status).toBe(302);
	if (provider === "github") {
		const location = begun.headers.get("location") ?? "";
		return String((await browser.open(location)).headers.get("location"));
	}
	const { url: origin } = providers[provider] as LocalServer;
	const form = await browser.follow(begun, origin);
	const filledIn = await browser.submit(form, { login: address, password: "any" });
	const consent = await browser.follow(filledIn, origin);
	const agreed = await browser.submit(consent);
	const back = await browser.follow(agreed, origin);
	return String(back.headers.get("location"));
}

async function signIn(browser: Browser, provider: string, address: string, query = "") {
	return browser.open(await comeBack(browser, provider, address, query));
}

async function expectFailure(response: Response, status: number, code: string) {
	const body = (await response.json()) as { code: string };
	expect([response.status, body.code]).toEqual([status, code]);
	return body;
}

/** Of the user whom the browser's session belongs to. */
async function userOf(browser: Browser, column: string): Promise<unknown> {
	const token = browser.cookiesOf(earshot.url).get(SESSION_COOKIE)?.value ?? "";
	return earshot.bindings.DB.prepare(
		`select users.${column} as value from refresh_tokens
		join sessions on sessions.id = session_id join users on users.id = user_id
		where token_hash = ? and used_at_ms is null`,
	)
		.bind(createHash("sha256").update(token).digest("hex"))
		.first("value");
}

const count = (table: string, where: string, value: string) =>
	earshot.bindings.DB.prepare(`select count(*) as n from ${table} where ${where} = ?`)
		.bind(value)
		.first("n");

test("the list of providers says where each begins", async () => {
	const response = await fetch(`${earshot.url}/sign-in`);
	expect(await response.json()).toEqual({
		providers: [
			{ id: "acme", name: "Acme", url: "/sign-in/acme" },
			{ id: "shy", name: "Acme", url: "/sign-in/shy" },
			{ id: "github", name: "GitHub", url: "/sign-in/github" },
		],
	});
});

test.each([
	["in the ID token", "acme"],
	["only at the userinfo endpoint", "shy"],
])("a newcomer whose address is %s signs in and has a session", async (_, provider) => {
	const browser = new Browser();
	const address = newAddress();
	const response = await signIn(browser, provider, address, "?returnTo=/docs%23sign-in");
	expect([response.status, response.headers.get("location")]).toEqual([303, "/docs#sign-in"]);
	expect(await userOf(browser, "email")).toBe(address);
	expect(await userOf(browser, "name")).toBe("Ada of the provider");
	expect(await userOf(browser, "password_hash")).toBe("!");
	expect(await userOf(browser, "email_verified_at_ms")).toBeGreaterThan(0);

	const cookies = browser.cookiesOf(earshot.url);
	expect(cookies.get(SESSION_COOKIE)).toMatchObject({
		path: "/session",
		attributes: expect.arrayContaining(["HttpOnly", "Secure"]),
	});
	// What it was begun with is used up.
	expect(cookies.has(STATE_COOKIE)).toBe(false);
});

test("the session gives access tokens", async () => {
	const browser = new Browser();
	const address = newAddress();
	await signIn(browser, "acme", address);
	const refreshed = await browser.open(`${earshot.url}/session/refresh`, {
		method: "POST",
		headers: { origin: earshot.url },
	});
	const { token } = (await refreshed.json()) as { token: string };
	const headers = { authorization: `Bearer ${token}` };
	const validated = await fetch(`${earshot.url}/validate`, { method: "POST", headers });
	expect(await validated.json()).toMatchObject({ email: address, email_verified: true });
});

test("who signs in again is the same user, with a session more", async () => {
	const [laptop, phone] = [new Browser(), new Browser()];
	const address = newAddress();
	await signIn(laptop, "acme", address);
	await signIn(phone, "acme", address);
	const id = String(await userOf(laptop, "id"));
	expect(await userOf(phone, "id")).toBe(id);
	expect(await count("sessions", "user_id", id)).toBe(2);
	expect(await count("identities", "user_id", id)).toBe(1);
});

test("two providers with one verified address lead to one user", async () => {
	const browser = new Browser();
	const address = newAddress();
	await signIn(browser, "acme", address);
	const id = await userOf(browser, "id");
	await signIn(browser, "shy", address);
	expect(await userOf(browser, "id")).toBe(id);
});

test("who cannot say a password has none to log in with", async () => {
	const browser = new Browser();
	const address = newAddress();
	await signIn(browser, "acme", address);
	await expect(login(earshot.url, address, "!")).rejects.toThrow("401 invalid_credentials");
});

test("an account that somebody else made in advance, of an address that is not theirs, is gone with all it opened", async () => {
	const address = newAddress();
	const password = randomUUID();
	await register(earshot.url, { name: "Mallory", username: address, password });
	const before = String(await userId(address));
	// What Mallory may have got out of it by now.
	const DB = earshot.bindings.DB;
	await DB.prepare("insert into sessions values ('ses_mallory', ?, '', 1, 1, 9e15)")
		.bind(before)
		.run();
	await DB.prepare("insert into refresh_tokens values ('mallory', 'ses_mallory', 1, null)")
		.bind()
		.run();
	await DB.prepare(
		"insert into api_keys values ('key_m', ?, 'mallory', '', '', '[]', 1, null, null)",
	)
		.bind(before)
		.run();
	await DB.prepare("insert into email_tokens values ('mallory', ?, 'verify', ?, 1, 9e15)")
		.bind(before, address)
		.run();

	const browser = new Browser();
	await signIn(browser, "acme", address);
	expect(await userOf(browser, "email")).toBe(address);
	expect(await userOf(browser, "name")).toBe("Ada of the provider");
	await expect(login(earshot.url, address, password)).rejects.toThrow("401 invalid_credentials");
	expect(await count("refresh_tokens", "token_hash", "mallory")).toBe(0);
	expect(await count("api_keys", "key_hash", "mallory")).toBe(0);
	expect(await count("email_tokens", "token_hash", "mallory")).toBe(0);
	// Access tokens of before speak for nobody.
	expect(await count("users", "id", before)).toBe(0);
});

test("an account whose owner has confirmed the address keeps its password and its name", async () => {
	const address = newAddress();
	const password = randomUUID();
	await register(earshot.url, { name: "Ada", username: address, password });
	await earshot.bindings.DB.prepare("update users set email_verified_at_ms = 1 where email = ?")
		.bind(address)
		.run();
	const browser = new Browser();
	await signIn(browser, "acme", address);
	expect(await userOf(browser, "id")).toBe(await userId(address));
	expect(await userOf(browser, "name")).toBe("Ada");
	await expect(login(earshot.url, address, password)).resolves.toMatch(/^ey/);
});

const userId = (address: string) =>
	earshot.bindings.DB.prepare("select id from users where email = ?").bind(address).first("id");

test("an address that the provider has not seen confirmed opens nothing, whoever has it here", async () => {
	const address = `unverified.${newAddress()}`;
	const response = await signIn(new Browser(), "acme", address);
	const { detail } = (await expectFailure(response, 400, "sign_in_failed")) as { detail?: string };
	expect(detail).toContain("does not vouch for an address");
	expect(await userId(address)).toBeNull();

	await register(earshot.url, { name: "Ada", username: address, password: randomUUID() });
	await expectFailure(await signIn(new Browser(), "acme", address), 400, "sign_in_failed");
	expect(await count("identities", "subject", address)).toBe(0);
});

test("an account that is being deleted is not signed in to, nor linked", async () => {
	const [known, unknown] = [newAddress(), newAddress()];
	await signIn(new Browser(), "acme", known);
	await register(earshot.url, { name: "Ada", username: unknown, password: randomUUID() });
	for (const address of [known, unknown]) {
		await earshot.bindings.DB.prepare("update users set deleted_at_ms = 1 where email = ?")
			.bind(address)
			.run();
		const browser = new Browser();
		await expectFailure(await signIn(browser, "acme", address), 400, "sign_in_failed");
		expect(browser.cookiesOf(earshot.url).has(SESSION_COOKIE)).toBe(false);
	}
	expect(await count("identities", "subject", unknown)).toBe(0);
});

test("a callback works once", async () => {
	const browser = new Browser();
	const callback = await comeBack(browser, "acme", newAddress());
	const cookie = `${STATE_COOKIE}=${browser.cookiesOf(earshot.url).get(STATE_COOKIE)?.value}`;
	expect((await browser.open(callback)).status).toBe(303);
	// Even for who has kept the cookie.
	const again = await fetch(callback, { headers: { cookie }, redirect: "manual" });
	await expectFailure(again, 400, "sign_in_failed");
});

test("a callback of somebody else's does not sign a victim in to their account", async () => {
	const attackers = await comeBack(new Browser(), "acme", newAddress());
	// The victim has begun nothing, or something of their own.
	const victim = new Browser();
	await expectFailure(await victim.open(attackers), 400, "sign_in_failed");
	const own = await comeBack(victim, "acme", newAddress());
	await expectFailure(await victim.open(attackers), 400, "sign_in_failed");
	expect(victim.cookiesOf(earshot.url).has(SESSION_COOKIE)).toBe(false);
	// Their own sign-in goes on.
	expect((await victim.open(own)).status).toBe(303);
});

test("an answer of one provider does not pass at another's callback", async () => {
	const browser = new Browser();
	const callback = await comeBack(browser, "acme", newAddress());
	const mixedUp = callback.replace("/sign-in/acme/", "/sign-in/shy/");
	await expectFailure(await browser.open(mixedUp), 400, "sign_in_failed");
});

test.each([
	["state", "wrong"],
	["iss", "https://evil.example"],
	["code", "guessed"],
])("a callback with another %s is refused", async (parameter, value) => {
	const browser = new Browser();
	const callback = new URL(await comeBack(browser, "acme", newAddress()));
	callback.searchParams.set(parameter, value);
	await expectFailure(await browser.open(callback), 400, "sign_in_failed");
});

test("who declines at the provider is told so", async () => {
	const browser = new Browser();
	const begun = await browser.open(`${earshot.url}/sign-in/acme`);
	const { url: origin } = providers["acme"] as LocalServer;
	const form = await browser.follow(begun, origin);
	const aborted = await browser.open(`${form.url}/abort`);
	const back = await browser.follow(aborted, origin);
	const response = await browser.open(back.headers.get("location") ?? "");
	const body = await expectFailure(response, 400, "sign_in_failed");
	expect(body).toMatchObject({ detail: expect.stringContaining("did not sign you in") });
});

test("GitHub, which is no OpenID provider, signs in with its primary, verified address", async () => {
	const address = newAddress();
	const emails = [
		{ email: newAddress(), primary: false, verified: true, visibility: null },
		{ email: address.toUpperCase(), primary: true, verified: true, visibility: "private" },
	];
	github.account = { id: 583_231, login: "octocat", name: null, emails };
	const browser = new Browser();
	const response = await signIn(browser, "github", address);
	expect([response.status, response.headers.get("location")]).toEqual([303, "/docs"]);
	expect(await userOf(browser, "email")).toBe(address);
	expect(await userOf(browser, "name")).toBe("octocat");

	// The account is known by its id from then on, whatever its addresses.
	const id = await userOf(browser, "id");
	github.account = { ...github.account, login: "renamed", emails: [] };
	await signIn(browser, "github", address);
	expect(await userOf(browser, "id")).toBe(id);
});

test("a GitHub account whose primary address is not verified is refused", async () => {
	const email = newAddress();
	const emails = [
		{ email, primary: true, verified: false, visibility: null },
		{ email: newAddress(), primary: false, verified: true, visibility: null },
	];
	github.account = { id: 583_232, login: "mallory", name: "M", emails };
	await expectFailure(await signIn(new Browser(), "github", email), 400, "sign_in_failed");
	expect(await userId(email)).toBeNull();
});

test("nothing secret of a sign-in is in the logs", async () => {
	const browser = new Browser();
	const callback = new URL(await comeBack(browser, "acme", newAddress()));
	const state = browser.cookiesOf(earshot.url).get(STATE_COOKIE)?.value ?? "";
	await browser.open(callback);
	const session = browser.cookiesOf(earshot.url).get(SESSION_COOKIE)?.value ?? "";
	const secrets = [state, session, callback.searchParams.get("code") ?? "", CLIENT.secret];
	for (const secret of secrets) {
		expect(secret.length).toBeGreaterThan(20);
		expect(earshot.logs()).not.toContain(secret);
	}
});
