import { env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { SESSION_KEPT_MS } from "#contracts/limits.ts";
import { connect } from "#db/connect.ts";
import { forgetSessions, revokeSessions } from "#db/queries/sessions.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import type { User } from "#db/schema/users.ts";
import type { TokenIssuer } from "../access-token.ts";
import { MAX_SESSIONS, REFRESH_GRACE_MS } from "../limits.ts";
import { listSessions } from "../sessions/list-sessions.ts";
import { openSession } from "../sessions/open-session.ts";
import { refreshSession } from "../sessions/refresh-session.ts";
import { startSession } from "../sessions/start-session.ts";
import { signingKeys } from "../signing-keys.ts";

/*
 * Sessions, by a clock of our own.
 */

const auth = exports.default;
const db = connect(env.DB);
const PASSWORD = "correct horse battery";
const START_MS = Date.parse("2026-11-25T12:00:00Z");
const REFUSED = { ok: false, code: "invalid_session" };

let user: User;
let issuer: TokenIssuer;
let nowMs: number;

beforeEach(async () => {
	await env.DB.prepare("delete from users").run();
	nowMs = START_MS;
	issuer = {
		issuer: env.TOKEN_ISSUER,
		key: (await signingKeys(env.SIGNING_KEYS)).current,
	};
	user = await newUser();
});

async function newUser(): Promise<User> {
	const username = `${crypto.randomUUID()}@example.com`;
	await auth.register({ name: "Ada", username, password: PASSWORD });
	const found = await findUserByEmail(db, username);
	if (found === null) throw new Error("nobody was registered");
	return found;
}

const open = (userAgent = "Firefox") => openSession(db, user, userAgent, new Date(nowMs));
const refresh = (token: string) => refreshSession(db, issuer, token, new Date(nowMs));
const list = () => listSessions(db, user.id, undefined, nowMs);

/** Refreshes, and expects a next token. */
async function next(token: string): Promise<string> {
	const result = await refresh(token);
	if (!result.ok || result.refreshToken === null) throw new Error("no next token");
	return result.refreshToken;
}

const tokenRows = async () => (await env.DB.prepare("select * from refresh_tokens").all()).results;

describe("a session", () => {
	test("gives access tokens of 15 minutes that name it; those of a login last an hour and do not", async () => {
		const credentials = { email: user.email, password: PASSWORD };
		const started = await startSession(db, issuer, credentials, "Firefox", new Date(nowMs));
		if (!started.ok) throw new Error(started.code);
		const [session] = await list();
		const refreshed = await refresh(started.refreshToken);
		if (!refreshed.ok) throw new Error(refreshed.code);
		for (const { token, expiresAtMs } of [started, refreshed]) {
			expect(decodeJwt(token)).toMatchObject({ sub: user.id, sid: session?.id });
			expect(expiresAtMs).toBe(START_MS + 15 * 60 * 1000);
		}

		const login = await auth.login(user.email, PASSWORD);
		if (!login.ok) throw new Error(login.code);
		const { sid, iat = 0, exp } = decodeJwt(login.token);
		expect({ sid, exp }).toEqual({ sid: undefined, exp: iat + 60 * 60 });
	});

	test("lasts 30 days from its last use, and not a moment longer", async () => {
		let { refreshToken } = await open();
		nowMs += SESSION_KEPT_MS - 1;
		refreshToken = await next(refreshToken);
		nowMs += SESSION_KEPT_MS - 1;
		refreshToken = await next(refreshToken);
		nowMs += SESSION_KEPT_MS;
		expect(await refresh(refreshToken)).toEqual(REFUSED);
		expect(await list()).toEqual([]);
	});

	test("tells what has become of its user since it began", async () => {
		const { refreshToken } = await open();
		await env.DB.prepare("update users set name = 'Grace', email_verified_at_ms = 1 where id = ?")
			.bind(user.id)
			.run();
		const result = await refresh(refreshToken);
		if (!result.ok) throw new Error(result.code);
		expect(decodeJwt(result.token)).toMatchObject({ name: "Grace", email_verified: true });
	});

	test("of a deleted user refreshes never, and nobody can begin one", async () => {
		const { refreshToken } = await open();
		await env.DB.prepare("update users set deleted_at_ms = 1 where id = ?").bind(user.id).run();
		expect(await refresh(refreshToken)).toEqual(REFUSED);
		expect(await refresh(refreshToken)).toEqual(REFUSED);
		const wrong = { ok: false, code: "invalid_credentials" };
		expect(await auth.login(user.email, PASSWORD)).toEqual(wrong);
		expect(await auth.startSession(user.email, PASSWORD, "Firefox")).toEqual(wrong);
	});

	test("keeps no token as it is", async () => {
		const { refreshToken } = await open();
		const second = await next(refreshToken);
		const stored = JSON.stringify([
			await tokenRows(),
			(await env.DB.prepare("select * from sessions").all()).results,
		]);
		expect(refreshToken).toMatch(/^[\w-]{43}$/);
		for (const token of [refreshToken, second]) expect(stored).not.toContain(token);
	});

	test("shows what its browser calls itself, shortened", async () => {
		await open("x".repeat(10_000));
		expect((await list())[0]?.userAgent).toBe("x".repeat(200));
	});

	test("beyond a hundred ends the one that was used longest ago", async () => {
		const first = await open();
		nowMs += 1;
		const second = await open();
		nowMs += 1;
		const used = await next(first.refreshToken);
		for (let n = 0; n < MAX_SESSIONS - 1; n++) await open();
		expect(await list()).toHaveLength(MAX_SESSIONS);
		expect(await refresh(second.refreshToken)).toEqual(REFUSED);
		expect((await refresh(used)).ok).toBe(true);
	});

	test("of another user is left alone when all of a user's are revoked", async () => {
		const others = await open();
		const other = user;
		user = await newUser();
		const mine = [await open(), await open()];
		await revokeSessions(db, user.id);
		for (const { refreshToken } of mine) expect(await refresh(refreshToken)).toEqual(REFUSED);
		expect((await refresh(others.refreshToken)).ok).toBe(true);
		expect(await listSessions(db, other.id, undefined, nowMs)).toHaveLength(1);
	});
});

describe("a used refresh token", () => {
	test("ends the whole session when it comes again later, and its next token with it", async () => {
		const { refreshToken } = await open();
		const stolen = await next(refreshToken);
		nowMs += REFRESH_GRACE_MS + 1;
		expect(await refresh(refreshToken)).toEqual(REFUSED);
		expect(await refresh(stolen)).toEqual(REFUSED);
		expect(await list()).toEqual([]);
		expect(await tokenRows()).toEqual([]);
	});

	test("is logged with the session and never with a token", async () => {
		const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
		const { refreshToken } = await open();
		const [session] = await list();
		const second = await next(refreshToken);
		nowMs += REFRESH_GRACE_MS + 1;
		await refresh(refreshToken);
		const lines = warn.mock.calls.map(([line]) => String(line));
		warn.mockRestore();
		expect(lines.map((line) => JSON.parse(line))).toMatchObject([
			{ event: "refresh_token_reused", level: "warn", sessionId: session?.id },
		]);
		for (const token of [refreshToken, second]) expect(lines.join()).not.toContain(token);
	});

	test("still gets an access token for ten seconds, and no refresh token", async () => {
		const { refreshToken } = await open();
		const second = await next(refreshToken);
		nowMs += REFRESH_GRACE_MS;
		const twin = await refresh(refreshToken);
		expect(twin).toMatchObject({ ok: true, refreshToken: null, token: expect.any(String) });
		expect((await refresh(second)).ok).toBe(true);
	});

	test("ends the session even within ten seconds once the next one is used", async () => {
		const { refreshToken } = await open();
		nowMs += 1;
		const second = await next(refreshToken);
		nowMs += 1;
		const third = await next(second);
		nowMs += 1;
		expect(await refresh(refreshToken)).toEqual(REFUSED);
		expect(await refresh(third)).toEqual(REFUSED);
	});

	test("keeps no session alive: only its next token does", async () => {
		const { refreshToken } = await open();
		await next(refreshToken);
		const before = await list();
		nowMs += REFRESH_GRACE_MS;
		await refresh(refreshToken);
		expect(await list()).toEqual(before);
	});

	test("of many requests at once exactly one gets the next token, and nobody is logged out", async () => {
		const { refreshToken } = await open();
		const results = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
		const nextTokens = results.flatMap((result) => (result.ok ? [result.refreshToken] : []));
		expect(nextTokens).toHaveLength(8);
		const [only, ...others] = nextTokens.filter((token) => token !== null);
		expect(others).toEqual([]);
		expect((await refresh(only ?? "")).ok).toBe(true);
	});
});

describe("what is over is swept", () => {
	test("expired sessions go with their tokens, and no others", async () => {
		await open();
		nowMs += 1;
		const { refreshToken } = await open();
		await forgetSessions(db, START_MS + SESSION_KEPT_MS - 1);
		expect(await tokenRows()).toHaveLength(2);
		await forgetSessions(db, START_MS + SESSION_KEPT_MS);
		expect(await tokenRows()).toHaveLength(1);
		expect((await refresh(refreshToken)).ok).toBe(true);
	});

	test("a session that is never left alone does not keep its used tokens for ever", async () => {
		let { refreshToken } = await open();
		for (let day = 0; day < 100; day++) {
			nowMs += 24 * 60 * 60 * 1000;
			refreshToken = await next(refreshToken);
		}
		expect((await tokenRows()).length).toBeLessThanOrEqual(31);
	});
});
