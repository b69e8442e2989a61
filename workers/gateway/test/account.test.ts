import { describe, expect, test } from "vitest";
import {
	basic,
	bindings,
	expectProblem,
	mailedToken,
	newAddress,
	PASSWORD,
	post,
	send,
	signUp,
	signUpUnverified,
	type TestUser,
	uploadVideo,
	videoForm,
} from "./client.ts";

/*
 * An account, by HTTP. What links and passwords are worth is tested where they are made
 * (workers/auth/test).
 */

const NEW_PASSWORD = "another horse battery";

const login = async (email: string, password: string) =>
	(await send("/login", { method: "POST", headers: basic(email, password) })).status;

const put = (body: unknown, headers: Record<string, string>) => post(body, headers, "PUT");

/** An answer as far as it may tell an attacker something. */
async function visible(response: Response) {
	const { "x-request-id": _, ...headers } = Object.fromEntries(response.headers);
	return { status: response.status, headers, body: await response.text() };
}

describe("the account", () => {
	test("is shown to its owner as it is now", async () => {
		const user = await signUp();
		const response = await send("/account", { headers: user.auth });
		expect(response.status).toBe(200);
		expect(await response.json()).toEqual({
			id: user.id,
			name: "Ada",
			username: user.email,
			emailVerified: true,
			hasPassword: true,
			emailUndeliverableSince: null,
			mail: { finished: true, failed: true, expiring: true },
			createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
		});
	});

	test("can have another name", async () => {
		const user = await signUp();
		const rename = post({ name: " Ada L. " }, user.auth, "PATCH");
		expect(await (await send("/account", rename)).json()).toMatchObject({ name: "Ada L." });
		const response = await send("/account", { headers: user.auth });
		expect(await response.json()).toMatchObject({ name: "Ada L." });
	});

	test.each([
		["of two lines", { name: "Ada\nBcc: everybody@example.com" }],
		["of nothing", { name: " " }],
		["with something else", { name: "Ada", username: "else@example.com" }],
	])("cannot have a name %s", async (_, body) => {
		const user = await signUp();
		const response = await send("/account", post(body, user.auth, "PATCH"));
		await expectProblem(response, 400, "invalid_body");
	});

	test.each<[string, string, unknown]>([
		["GET", "/account", undefined],
		["PATCH", "/account", { name: "Eve" }],
		["DELETE", "/account", { password: PASSWORD }],
		["PUT", "/account/password", { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }],
		["POST", "/account/email", { username: "eve@example.com", password: PASSWORD }],
		["POST", "/account/verification", undefined],
	])("is nobody's without a token: %s %s", async (method, path, body) => {
		const init = body === undefined ? { method } : post(body, {}, method);
		await expectProblem(await send(path, init), 401, "unauthenticated");
	});

	test("cannot be reached while auth is down, and the remedy is told", async () => {
		const user = await signUp();
		const down = () => Promise.reject(new Error("auth is down"));
		const AUTH = new Proxy(bindings.AUTH, { get: () => down });
		const token = "x";
		for (const [path, init] of [
			["/account", { headers: user.auth }],
			["/account", post({ name: "Ada" }, user.auth, "PATCH")],
			["/account", post({ password: PASSWORD }, user.auth, "DELETE")],
			["/account/password", put({ currentPassword: "x", newPassword: NEW_PASSWORD }, user.auth)],
			["/account/email", post({ username: newAddress(), password: "x" }, user.auth)],
			["/account/email/confirm", post({ token })],
			["/account/verification", { method: "POST", headers: user.auth }],
			["/account/verification/confirm", post({ token })],
			["/account/password-reset", post({ username: newAddress() })],
			["/account/password-reset/confirm", post({ token, password: NEW_PASSWORD })],
		] as const) {
			await expectProblem(await send(path, init, { AUTH }), 503, "auth_unavailable");
		}
	});
});

describe("until the address is confirmed", () => {
	/** Everything that brings a video in, or starts work. */
	const starting = async (user: TestUser): Promise<[string, RequestInit][]> => [
		["/upload", { method: "POST", headers: user.auth, body: videoForm() }],
		[
			"/uploads",
			{
				method: "POST",
				headers: { ...user.auth, "tus-resumable": "1.0.0", "upload-length": "9" },
			},
		],
		["/conversions", post({ sha256: "ab".repeat(32) }, user.auth)],
		["/conversions/cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV/retry", { method: "POST", headers: user.auth }],
	];

	test("nothing comes in and no work is started, and the remedy is told", async () => {
		const user = await signUpUnverified();
		for (const [path, init] of await starting(user)) {
			const response = await send(path, init);
			expect(await response.clone().json()).toMatchObject({
				detail: expect.stringContaining("POST /account/verification"),
			});
			await expectProblem(response, 403, "email_unverified");
		}
	});

	test("its owner can look around, and see to the account", async () => {
		const user = await signUpUnverified();
		expect((await send("/conversions", { headers: user.auth })).status).toBe(200);
		const response = await send("/account", { headers: user.auth });
		expect(await response.json()).toMatchObject({ emailVerified: false });
	});

	test("a mail can be asked for again: three links a day", async () => {
		const user = await signUpUnverified();
		const again = () => send("/account/verification", { method: "POST", headers: user.auth });
		expect((await again()).status).toBe(202);
		for (let time = 0; time < 3; time++) await mailedToken({ userId: user.id, purpose: "verify" });
		const response = await again();
		expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(23 * 60 * 60);
		await expectProblem(response, 429, "rate_limited");
	});

	test("and at once after that, with the token from before", async () => {
		const user = await signUpUnverified();
		const token = await mailedToken({ userId: user.id, purpose: "verify" });
		const confirmed = await send("/account/verification/confirm", post({ token }));
		expect(await confirmed.json()).toMatchObject({ username: user.email, emailVerified: true });
		const again = await send("/account/verification/confirm", post({ token }));
		await expectProblem(again, 400, "invalid_link");
		expect((await uploadVideo(user)).id).toMatch(/^cnv_/);
		const asked = await send("/account/verification", { method: "POST", headers: user.auth });
		expect(asked.status).toBe(202);
	});

	test("a token that says that it is confirmed costs no look into D1 for that", async () => {
		const user = await signUp();
		const queries: string[] = [];
		const DB = new Proxy(bindings.DB, {
			get(target, name) {
				if (name === "prepare") queries.push("prepared");
				const member = Reflect.get(target, name, target);
				return typeof member === "function" ? member.bind(target) : member;
			},
		});
		const ask = post({ sha256: "ab".repeat(32) }, user.auth);
		await expectProblem(await send("/conversions", ask, { DB }), 404, "video_unknown");
		expect(queries).toHaveLength(1);
	});
});

describe("a forgotten password", () => {
	test("is replaced by a mailed link, once", async () => {
		const user = await signUp();
		expect((await send("/account/password-reset", post({ username: user.email }))).status).toBe(
			202,
		);
		const token = await mailedToken({ userId: user.id, purpose: "reset" });
		const confirm = (password: string) =>
			send("/account/password-reset/confirm", post({ token, password }));
		await expectProblem(await confirm("password1"), 400, "password_too_common");
		await expectProblem(await confirm("short"), 400, "invalid_body");
		await expectProblem(await confirm("x".repeat(10_000)), 400, "invalid_body");
		const response = await confirm(NEW_PASSWORD);
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({ username: user.email });
		await expectProblem(await confirm(NEW_PASSWORD), 400, "invalid_link");
		expect([await login(user.email, PASSWORD), await login(user.email, NEW_PASSWORD)]).toEqual([
			401, 200,
		]);
	});

	test("is asked for with one answer, whoever has an account", async () => {
		const addresses = [newAddress(), (await signUp()).email, (await signUpUnverified()).email];
		const answers = await Promise.all(
			addresses.map(async (username) =>
				visible(await send("/account/password-reset", post({ username }))),
			),
		);
		expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
		expect(answers[0]).toMatchObject({ status: 202, body: "" });
	});
});

describe("the password", () => {
	const change = (user: TestUser, currentPassword: string, newPassword = NEW_PASSWORD) =>
		send("/account/password", put({ currentPassword, newPassword }, user.auth));

	test("is changed by who knows it", async () => {
		const user = await signUp();
		await expectProblem(await change(user, "wrong password"), 403, "wrong_password");
		await expectProblem(await change(user, "x".repeat(10_000)), 403, "wrong_password");
		await expectProblem(await change(user, PASSWORD, "iloveyou"), 400, "password_too_common");
		await expectProblem(await change(user, PASSWORD, "short"), 400, "invalid_body");
		expect((await change(user, PASSWORD)).status).toBe(204);
		expect([await login(user.email, PASSWORD), await login(user.email, NEW_PASSWORD)]).toEqual([
			401, 200,
		]);
	});

	test("of two changes at once, one counts", async () => {
		const user = await signUp();
		const passwords = [NEW_PASSWORD, "a third horse battery"];
		const changes = await Promise.all(
			passwords.map(async (password) => (await change(user, PASSWORD, password)).status),
		);
		expect(changes.toSorted()).toEqual([204, 403]);
		const logins = await Promise.all(passwords.map((password) => login(user.email, password)));
		expect(logins).toEqual(changes.map((status) => (status === 204 ? 200 : 401)));
	});

	test("that was never set is set by mail, and the remedy is told", async () => {
		const user = await signUp();
		await bindings.DB.prepare("update users set password_hash = '!' where id = ?")
			.bind(user.id)
			.run();
		const response = await send("/account", { headers: user.auth });
		expect(await response.json()).toMatchObject({ hasPassword: false });
		for (const refused of [
			await change(user, "!"),
			await send("/account/email", post({ username: newAddress(), password: "!" }, user.auth)),
			await send("/account", post({ password: "!" }, user.auth, "DELETE")),
		]) {
			expect(await refused.clone().json()).toMatchObject({
				detail: expect.stringContaining("POST /account/password-reset"),
			});
			await expectProblem(refused, 409, "password_not_set");
		}
		const token = await mailedToken({ userId: user.id, purpose: "reset" });
		await send("/account/password-reset/confirm", post({ token, password: NEW_PASSWORD }));
		expect(await login(user.email, NEW_PASSWORD)).toBe(200);
	});
});

describe("the address", () => {
	const move = (user: TestUser, username: string, password = PASSWORD) =>
		send("/account/email", post({ username, password }, user.auth));

	test("is changed by who knows the password and reads mail there", async () => {
		const user = await signUp();
		const email = newAddress();
		await expectProblem(await move(user, email, "wrong password"), 403, "wrong_password");
		expect((await move(user, email)).status).toBe(202);
		const token = await mailedToken({ userId: user.id, purpose: "change_email", email });
		const confirm = () => send("/account/email/confirm", post({ token }));
		const response = await confirm();
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({ username: email, emailVerified: true });
		await expectProblem(await confirm(), 400, "invalid_link");
		expect([await login(user.email, PASSWORD), await login(email, PASSWORD)]).toEqual([401, 200]);
	});

	test("is asked for with one answer, whoever has an account there, however often", async () => {
		const user = await signUp();
		const addresses = [
			newAddress(),
			(await signUp()).email,
			(await signUpUnverified()).email,
			user.email,
			...Array.from({ length: 4 }, newAddress),
		];
		const answers: unknown[] = [];
		for (const address of addresses) answers.push(await visible(await move(user, address)));
		expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
		expect(answers[0]).toMatchObject({ status: 202, body: "" });
	});

	test("is registered with one answer, whoever has it", async () => {
		const addresses = [newAddress(), (await signUp()).email, (await signUpUnverified()).email];
		const answers = await Promise.all(
			addresses.map(async (username) => {
				const body = { name: "Eve", username, password: NEW_PASSWORD };
				const answer = await visible(await send("/register", post(body)));
				return JSON.stringify(answer).replaceAll(username, "ADDRESS");
			}),
		);
		expect(new Set(answers).size).toBe(1);
		expect(answers[0]).toContain('"status":201');
	});

	test.each([
		["the sign for kelvin in place of a k", "\u212aim@example.com"],
		["a Cyrillic a", "\u0430da@example.com"],
		["a dotless i", "\u0131da@example.com"],
		["full-width letters", "ａｄａ@example.com"],
		["a domain in another script", "ada@ex\u00e4mple.com"],
		["a name to be shown", "Ada <ada@example.com>"],
		["two addresses", "ada@example.com,eve@example.com"],
		["a header after it", "ada@example.com\r\nBcc: eve@example.com"],
		["a zero byte", "ada@example.com\0"],
	])("with %s is none, nowhere", async (_, username) => {
		const user = await signUp();
		for (const response of [
			await send("/register", post({ name: "Ada", username, password: PASSWORD })),
			await send("/account/password-reset", post({ username })),
			await move(user, username),
		]) {
			await expectProblem(response, 400, "invalid_body");
		}
	});
});
