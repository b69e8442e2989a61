import { beforeEach, describe, expect, test } from "vitest";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";
import type { SessionDocument } from "#contracts/session.ts";
import { connect } from "#db/connect.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import { asBearer, Browser, SAME_ORIGIN } from "./browser.ts";
import { basic, bindings, expectProblem, PASSWORD, send, signUp, type TestUser } from "./client.ts";

/*
 * Sessions of browsers. What depends on time is tested where the clock can be set: workers/auth/test.
 */

let user: TestUser;
let browser: Browser;
beforeEach(async () => {
	user = await signUp();
	browser = new Browser();
});

const list = async (auth: { authorization: string }): Promise<SessionDocument[]> => {
	const response = await send("/sessions", { headers: auth });
	return ((await response.json()) as { sessions: SessionDocument[] }).sessions;
};
const revoke = (path: string, auth: { authorization: string }) =>
	send(path, { method: "DELETE", headers: auth });

describe("logging in", () => {
	test("gives a token, and a cookie that no script reads and no other path sees", async () => {
		const response = await browser.call("/session", "POST", basic(user.email, "wrong"));
		await expectProblem(response, 401, "invalid_credentials");
		expect(browser.cookie).toBeNull();

		const opened = await browser.call("/session", "POST", basic(user.email, PASSWORD));
		expect(opened.headers.get("set-cookie")).toMatch(
			/^__Secure-session=[\w-]{43}; Max-Age=2592000; Path=\/session; HttpOnly; Secure; SameSite=Lax$/,
		);
		expect(opened.headers.get("cache-control")).toBe("no-store");
		const { token, expiresAt } = (await opened.json()) as { token: string; expiresAt: string };
		const minutes = (Date.parse(expiresAt) - Date.now()) / 60_000;
		expect(minutes).toBeGreaterThan(14);
		expect(minutes).toBeLessThanOrEqual(15);
		const auth = { authorization: `Bearer ${token}` };
		expect((await send("/conversions", { headers: auth })).status).toBe(200);
	});

	test.each(["/session", "/session/refresh"] as const)(
		"a refusal of %s makes no browser ask for a password in a window of its own",
		async (path) => {
			const response = await browser.call(path, "POST");
			expect(response.status).toBe(401);
			expect(response.headers.get("www-authenticate")).toBe('Session realm="earshot"');
		},
	);

	test("is not possible any more when the account is being deleted", async () => {
		await browser.logIn(user);
		await bindings.DB.prepare("update users set deleted_at_ms = 1 where id = ?")
			.bind(user.id)
			.run();
		await expectProblem(await browser.refresh(), 401, "invalid_session");
		expect(browser.cookie).toBeNull();
		const again = await browser.call("/session", "POST", basic(user.email, PASSWORD));
		await expectProblem(again, 401, "invalid_credentials");
		const login = { method: "POST", headers: basic(user.email, PASSWORD) };
		await expectProblem(await send("/login", login), 401, "invalid_credentials");
	});
});

describe("refreshing", () => {
	test("gives a new token and the next cookie, again and again", async () => {
		await browser.logIn(user);
		const cookies = new Set([browser.cookie]);
		for (let n = 0; n < 3; n++) {
			const auth = await asBearer(await browser.refresh());
			cookies.add(browser.cookie);
			expect((await send("/conversions", { headers: auth })).status).toBe(200);
		}
		expect(cookies.size).toBe(4);
	});

	test("in two tabs at once logs nobody out: both get a token, one of them the next cookie", async () => {
		await browser.logIn(user);
		const before = browser.cookie;
		const [one, other] = await Promise.all([browser.refresh(), browser.refresh()]);
		expect([one.status, other.status]).toEqual([200, 200]);
		const cookies = [one, other].flatMap((response) => response.headers.getSetCookie());
		expect(cookies).toHaveLength(1);
		for (const response of [one, other]) {
			const headers = await asBearer(response);
			expect((await send("/conversions", { headers })).status).toBe(200);
		}
		expect(browser.cookie).not.toBe(before);
		expect((await browser.refresh()).status).toBe(200);
	});

	test("with a stolen cookie ends the session of thief and owner", async () => {
		await browser.logIn(user);
		const thief = new Browser();
		thief.cookie = browser.cookie;
		await browser.refresh();
		await browser.refresh();
		await expectProblem(await thief.refresh(), 401, "invalid_session");
		expect(thief.cookie).toBeNull();
		await expectProblem(await browser.refresh(), 401, "invalid_session");
		expect(browser.cookie).toBeNull();
		expect(await list(user.auth)).toEqual([]);
	});

	test.each([
		["no cookie", null],
		["an empty one", "__Secure-session="],
		["a token that nobody gave", `__Secure-session=${"A".repeat(43)}`],
		["one of another length", `__Secure-session=${"A".repeat(44)}`],
		["one of 100 KB", `__Secure-session=${"A".repeat(100_000)}`],
		["an SQL fragment", "__Secure-session=' or 1=1 --"],
		["one without the prefix", `session=${"A".repeat(43)}`],
		["an escape that is none", "__Secure-session=%ff%"],
	])("with %s is 401, and the cookie goes", async (_, cookie) => {
		browser.cookie = cookie;
		const response = await browser.refresh();
		expect(response.headers.get("set-cookie")).toBe(
			"__Secure-session=; Max-Age=0; Path=/session; HttpOnly; Secure; SameSite=Lax",
		);
		await expectProblem(response, 401, "invalid_session");
	});

	test("does not take an access token for a refresh token, nor the other way round", async () => {
		const auth = await browser.logIn(user);
		const [, refreshToken] = browser.cookie?.split("=") ?? [];
		const init = { headers: { authorization: `Bearer ${refreshToken}` } };
		await expectProblem(await send("/conversions", init), 401, "invalid_token");
		browser.cookie = `__Secure-session=${auth.authorization.slice("Bearer ".length)}`;
		await expectProblem(await browser.refresh(), 401, "invalid_session");
	});
});

describe("logging out", () => {
	test("ends the session; its token works until it expires", async () => {
		const auth = await browser.logIn(user);
		const { cookie } = browser;
		expect((await browser.logOut()).status).toBe(204);
		expect(browser.cookie).toBeNull();
		browser.cookie = cookie;
		await expectProblem(await browser.refresh(), 401, "invalid_session");
		expect((await send("/conversions", { headers: auth })).status).toBe(200);
	});

	test("with a cookie that has been used ends the session, too", async () => {
		await browser.logIn(user);
		const used = browser.cookie;
		await browser.refresh();
		browser.cookie = used;
		await browser.logOut();
		expect(await list(user.auth)).toEqual([]);
	});

	test("without a session is as good as with one", async () => {
		const response = await browser.logOut();
		expect(response.status).toBe(204);
		expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
	});
});

describe("the list", () => {
	test("names the browsers, and which of them asks", async () => {
		await browser.logIn(user, "Firefox");
		const phone = new Browser();
		const auth = await phone.logIn(user, "Safari");
		expect(await list(auth)).toMatchObject([
			{ userAgent: "Safari", isCurrent: true },
			{ userAgent: "Firefox", isCurrent: false },
		]);
		// A token of a login is of no session.
		expect((await list(user.auth)).map(({ isCurrent }) => isCurrent)).toEqual([false, false]);
	});

	test("logs one browser out, and leaves the others", async () => {
		await browser.logIn(user, "Firefox");
		const phone = new Browser();
		const auth = await phone.logIn(user, "Safari");
		const [, firefox] = await list(auth);
		expect((await revoke(`/sessions/${firefox?.id}`, auth)).status).toBe(204);
		await expectProblem(await revoke(`/sessions/${firefox?.id}`, auth), 404, "not_found");
		await expectProblem(await browser.refresh(), 401, "invalid_session");
		expect((await phone.refresh()).status).toBe(200);
	});

	test("logs out everywhere, oneself too", async () => {
		const auth = await browser.logIn(user);
		const phone = new Browser();
		await phone.logIn(user);
		expect((await revoke("/sessions", auth)).status).toBe(204);
		for (const one of [browser, phone]) {
			await expectProblem(await one.refresh(), 401, "invalid_session");
		}
		// Tokens are checked without asking anybody: they work until they expire.
		expect(await list(auth)).toEqual([]);
	});

	test("of somebody else is out of reach, and so is each of its sessions", async () => {
		await browser.logIn(user);
		const [mine] = await list(user.auth);
		const stranger = await signUp();
		expect(await list(stranger.auth)).toEqual([]);
		await expectProblem(await revoke(`/sessions/${mine?.id}`, stranger.auth), 404, "not_found");
		await revoke("/sessions", stranger.auth);
		expect((await browser.refresh()).status).toBe(200);
	});

	test.each(["nonsense", "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV", "' or 1=1 --"])(
		"has no session %j",
		async (id) => {
			const response = await revoke(`/sessions/${encodeURIComponent(id)}`, user.auth);
			await expectProblem(response, 404, "not_found");
		},
	);
});

test("the watchdog forgets sessions that nobody has used for 30 days", async () => {
	await browser.logIn(user);
	const left = () =>
		bindings.DB.prepare("select count(*) as n from sessions where user_id = ?")
			.bind(user.id)
			.first("n");
	await runWatchdog(bindings, connect(bindings.DB), Date.now() + SESSION_KEPT_MS - 60_000);
	expect(await left()).toBe(1);
	await runWatchdog(bindings, connect(bindings.DB), Date.now() + SESSION_KEPT_MS);
	expect(await left()).toBe(0);
});

test("with auth down, all of this is 503, and no cookie is lost", async () => {
	const AUTH = new Proxy(
		{},
		{ get: () => () => Promise.reject(new Error("auth is down")) },
	) as GatewayEnv["AUTH"];
	const auth = await browser.logIn(user);
	const [session] = await list(auth);
	const cookie = { ...SAME_ORIGIN, cookie: browser.cookie ?? "" };
	const calls: [string, RequestInit][] = [
		["/session", { method: "POST", headers: { ...SAME_ORIGIN, ...basic(user.email, PASSWORD) } }],
		["/session/refresh", { method: "POST", headers: cookie }],
		["/session", { method: "DELETE", headers: cookie }],
		["/sessions", { headers: auth }],
		["/sessions", { method: "DELETE", headers: auth }],
		[`/sessions/${session?.id}`, { method: "DELETE", headers: auth }],
	];
	for (const [path, init] of calls) {
		const response = await send(path, init, { AUTH });
		expect(response.headers.get("set-cookie")).toBeNull();
		await expectProblem(response, 503, "auth_unavailable");
	}
	expect((await browser.refresh()).status).toBe(200);
});
