import { expect, test } from "vitest";
import { basic, bindings, expectProblem, PASSWORD, post, send, signUp } from "./client.ts";

const register = (body: unknown) => send("/register", post(body));
const newAddress = () => `${crypto.randomUUID()}@example.com`;
const login = (email: string, password: string, headers = {}) =>
	send("/login", { method: "POST", headers: { ...basic(email, password), ...headers } });
const validate = (token: string) =>
	send("/validate", { method: "POST", headers: { authorization: `Bearer ${token}` } });

test("registering answers 201 with the account and never the password", async () => {
	const username = newAddress();
	const response = await register({ name: "Ada", username, password: PASSWORD });
	expect(response.status).toBe(201);
	expect(await response.json()).toEqual({ name: "Ada", username });
});

test("an address registers once, whatever its capitals, and the answer does not tell", async () => {
	const { email } = await signUp();
	const again = await register({
		name: "Eve",
		username: email.toUpperCase(),
		password: "another password",
	});
	expect(again.status).toBe(201);
	expect(await again.json()).toEqual({ name: "Eve", username: email });
	expect((await login(email, "another password")).status).toBe(401);
	expect((await login(email, PASSWORD)).status).toBe(200);
});

test.each([
	["no JSON", "nonsense"],
	["a missing field", { name: "Ada", password: PASSWORD }],
	["an unknown field", { name: "Ada", username: newAddress(), password: PASSWORD, admin: true }],
	["no address", { name: "Ada", username: "ada", password: PASSWORD }],
	[
		"a line break in the address",
		{ name: "A", username: "a@b.co\r\nBcc: e@x.co", password: PASSWORD },
	],
	["a short password", { name: "Ada", username: newAddress(), password: "1234567" }],
	["an endless password", { name: "Ada", username: newAddress(), password: "x".repeat(10_000) }],
	["an empty name", { name: "  ", username: newAddress(), password: PASSWORD }],
])("registering with %s is 400 and creates nobody", async (_, body) => {
	const users = () => bindings.DB.prepare("select count(*) as n from users").first("n");
	const before = await users();
	await expectProblem(await register(body), 400, "invalid_body");
	expect(await users()).toBe(before);
});

test("a JSON body over 64 KiB is refused", async () => {
	const tooLarge = { name: "x".repeat(70_000) };
	await expectProblem(await register(tooLarge), 413, "payload_too_large");
});

test.each<[string, RequestInit]>([
	["text", { body: "{}", headers: { "content-type": "text/plain" } }],
	["a form", { body: new URLSearchParams({ name: "Ada" }) }],
	["bytes of no type", { body: new Uint8Array(9) }],
])("%s in place of a JSON body is refused, and the remedy is told", async (_, init) => {
	const response = await send("/register", { method: "POST", ...init });
	expect(await response.clone().json()).toMatchObject({
		detail: "Send the body as `Content-Type: application/json`.",
	});
	await expectProblem(response, 415, "unsupported_media_type");
});

test("a body that is not JSON is refused", async () => {
	const headers = { "content-type": "application/json" };
	const response = await send("/register", { method: "POST", headers, body: "{" });
	await expectProblem(response, 400, "invalid_body");
});

test("login answers the bare token as text, and JSON to who accepts JSON", async () => {
	const { email } = await signUp();
	const text = await login(email, PASSWORD);
	expect(text.headers.get("content-type")).toMatch(/^text\/plain/);
	expect(await text.text()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
	const json = await login(email, PASSWORD, { accept: "application/json" });
	const { token, expiresAt } = (await json.json()) as { token: string; expiresAt: string };
	expect((await validate(token)).status).toBe(200);
	expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
});

test("the address is not case-sensitive at login, and the password may hold colons and any script", async () => {
	const username = newAddress();
	const password = "pass:wörd:密码🎵";
	await register({ name: "Ada", username, password });
	expect((await login(username.toUpperCase(), password)).status).toBe(200);
});

test("a wrong password and an unknown address are refused alike", async () => {
	const { email } = await signUp();
	const wrong = await login(email, "wrong password");
	const unknown = await login(newAddress(), PASSWORD);
	expect(wrong.headers.get("www-authenticate")).toBe('Basic realm="earshot", charset="UTF-8"');
	const [wrongBody, unknownBody] = [await wrong.json(), await unknown.json()] as object[];
	const { requestId: _wrongId, ...wrongRest } = wrongBody as { requestId: string };
	const { requestId: _unknownId, ...unknownRest } = unknownBody as { requestId: string };
	expect(wrong.status).toBe(401);
	expect([unknown.status, unknownRest]).toEqual([wrong.status, wrongRest]);
});

test.each([
	["no header", {}],
	["another scheme", { authorization: "Bearer abc" }],
	["bad base64", { authorization: "Basic !!!" }],
	["no colon", { authorization: `Basic ${btoa("nobody")}` }],
	["no address", { authorization: `Basic ${btoa(":password")}` }],
	["bytes that are not UTF-8", { authorization: `Basic ${btoa("\xff\xfe:x")}` }],
	["a header of 1 MB", { authorization: `Basic ${"QUFB".repeat(250_000)}` }],
])("login with %s is 401", async (_, headers) => {
	const response = await send("/login", { method: "POST", headers });
	expect(response.headers.get("www-authenticate")).toMatch(/^Basic /);
	await expectProblem(response, 401, "invalid_credentials");
});

test("validate answers the claims of a valid token", async () => {
	const { id, email, token } = await signUp();
	const claims = (await (await validate(token)).json()) as { iat: number; exp: number };
	expect(claims).toMatchObject({
		sub: id,
		email,
		name: "Ada",
		aud: "earshot",
		iss: bindings.PUBLIC_URL,
	});
	expect(claims.exp - claims.iat).toBe(3600);
});

test("with auth down, login and registration are 503", async () => {
	const down = () => Promise.reject(new Error("auth is down"));
	const AUTH = {
		login: down,
		register: down,
		jwks: down,
		ping: down,
	} as unknown as GatewayEnv["AUTH"];
	const registration = post({ name: "Ada", username: newAddress(), password: PASSWORD });
	await expectProblem(await send("/register", registration, { AUTH }), 503, "auth_unavailable");
	await expectProblem(
		await send("/login", { method: "POST", headers: basic("a@b.co", PASSWORD) }, { AUTH }),
		503,
		"auth_unavailable",
	);
	const health = await send("/healthz", {}, { AUTH });
	expect(health.status).toBe(503);
	expect(await health.json()).toMatchObject({ checks: { auth: false, d1: true } });
});
