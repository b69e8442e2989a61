import { beforeAll, describe, expect, test } from "vitest";
import { app } from "../app.ts";
import { describeApi } from "../describe-api.ts";
import { Browser } from "./browser.ts";
import { type Bindings, basic, PASSWORD, send, signUp, type TestUser } from "./client.ts";

/*
 * Which other sites' pages may call the API.
 */

const FRIEND = "https://app.example";
const OTHER_FRIEND = "http://localhost:5173";
const STRANGER = "https://evil.example";
const open: Partial<Bindings> = { CORS_ORIGINS: `${FRIEND}, ${OTHER_FRIEND}` };

let user: TestUser;
beforeAll(async () => {
	user = await signUp();
});

const preflight = (
	path: string,
	origin: string,
	replaced: Partial<Bindings> = open,
	method = "GET",
) =>
	send(
		path,
		{ method: "OPTIONS", headers: { origin, "access-control-request-method": method } },
		replaced,
	);
const listOf = (headers: Headers, name: string) =>
	(headers.get(name) ?? "").split(",").map((item) => item.trim().toLowerCase());
const isCors = (headers: Headers) =>
	[...headers.keys()].some((name) => name.startsWith("access-control-"));

describe("by default", () => {
	test.each(["/conversions", "/login", "/download", "/uploads", "/nowhere", "/session"])(
		"no page of another site reads %s",
		async (path) => {
			const headers = { origin: FRIEND, ...user.auth };
			for (const response of [
				await send(path, { headers }),
				await send(path, { method: "OPTIONS", headers }),
				await preflight(path, FRIEND, {}),
			]) {
				expect(isCors(response.headers)).toBe(false);
			}
		},
	);
});

describe("with origins allowed", () => {
	test.each([FRIEND, OTHER_FRIEND])("a page of %s reads answers", async (origin) => {
		const response = await send("/conversions", { headers: { ...user.auth, origin } }, open);
		expect(response.status).toBe(200);
		expect(response.headers.get("access-control-allow-origin")).toBe(origin);
		expect(response.headers.get("vary")).toMatch(/\bOrigin\b/);
	});

	test("it reads refusals, too, and so learns what went wrong", async () => {
		const response = await send("/conversions", { headers: { origin: FRIEND } }, open);
		expect(response.status).toBe(401);
		expect(response.headers.get("access-control-allow-origin")).toBe(FRIEND);
	});

	test("it reads the headers that clients need", async () => {
		const response = await send(
			"/conversions",
			{ headers: { ...user.auth, origin: FRIEND } },
			open,
		);
		expect(listOf(response.headers, "access-control-expose-headers")).toEqual(
			expect.arrayContaining([
				"location",
				"etag",
				"content-range",
				"content-disposition",
				"retry-after",
				"ratelimit",
				"ratelimit-policy",
				"tus-resumable",
				"upload-offset",
				"upload-length",
				"x-request-id",
			]),
		);
	});

	test("it reads what tus answers", async () => {
		const headers = {
			...user.auth,
			origin: FRIEND,
			"tus-resumable": "1.0.0",
			"upload-length": "9",
		};
		const response = await send("/uploads", { method: "POST", headers }, open);
		expect(response.status).toBe(201);
		expect(response.headers.get("access-control-allow-origin")).toBe(FRIEND);
		expect(listOf(response.headers, "access-control-expose-headers")).toContain("location");
	});

	test.each([
		STRANGER,
		`${FRIEND}.evil.example`,
		`${FRIEND}:8443`,
		"http://app.example",
		"https://APP.example",
		"null",
		"",
		`${FRIEND}, ${OTHER_FRIEND}`,
	])("a page of %j reads nothing", async (origin) => {
		for (const response of [
			await send("/conversions", { headers: { ...user.auth, origin } }, open),
			await preflight("/conversions", origin),
		]) {
			expect(response.headers.get("access-control-allow-origin")).toBeNull();
			// What is kept by a cache for one origin is not for another.
			expect(response.headers.get("vary")).toMatch(/\bOrigin\b/);
		}
	});

	test("no answer is given to credentials, so cookies and remembered passwords stay at home", async () => {
		for (const path of ["/conversions", "/login", "/sessions"]) {
			for (const response of [
				await send(path, { headers: { ...user.auth, origin: FRIEND } }, open),
				await preflight(path, FRIEND),
			]) {
				expect(response.headers.get("access-control-allow-credentials")).toBeNull();
				expect(response.headers.get("access-control-allow-origin")).not.toBe("*");
			}
		}
	});
});

describe("a preflight", () => {
	test("is answered before anybody has to show a token", async () => {
		const response = await preflight("/conversions", FRIEND, open, "DELETE");
		expect(response.status).toBe(204);
		expect(response.headers.get("access-control-allow-origin")).toBe(FRIEND);
		expect(response.headers.get("access-control-max-age")).toBe("7200");
		expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
	});

	test("allows every method of the API, and what clients send with it", async () => {
		const { headers } = await preflight("/uploads", FRIEND, open, "PATCH");
		const methods = Object.values(describeApi(app).paths ?? {}).flatMap((path) =>
			Object.keys(path).filter((method) => method !== "options"),
		);
		expect(listOf(headers, "access-control-allow-methods")).toEqual(
			expect.arrayContaining(methods),
		);
		expect(listOf(headers, "access-control-allow-headers")).toEqual(
			expect.arrayContaining([
				"authorization",
				"content-type",
				"idempotency-key",
				"content-digest",
				"tus-resumable",
				"upload-length",
				"upload-metadata",
				"upload-offset",
				"upload-checksum",
			]),
		);
	});

	test("is told from tus's own OPTIONS, which is for users", async () => {
		const asked = (headers: Record<string, string>) =>
			send("/uploads", { method: "OPTIONS", headers }, open);
		expect((await asked({})).status).toBe(401);
		const answer = await asked(user.auth);
		expect(answer.headers.get("tus-extension")).toContain("creation");
	});
});

describe("the session's cookie stays with our own pages", () => {
	test.each(["/session", "/session/refresh", "/session/"])("%s is for no other", async (path) => {
		expect(isCors((await preflight(path, FRIEND, open, "POST")).headers)).toBe(false);
		const headers = { ...basic(user.email, PASSWORD), origin: FRIEND };
		const response = await send(path, { method: "POST", headers }, open);
		expect(isCors(response.headers)).toBe(false);
		expect(response.headers.get("set-cookie")).toBeNull();
		expect([403, 404]).toContain(response.status);
	});

	test("an allowed origin that has got hold of the cookie refreshes nothing with it", async () => {
		const browser = new Browser();
		await browser.logIn(user);
		const headers = { origin: FRIEND, cookie: browser.cookie ?? "" };
		const response = await send("/session/refresh", { method: "POST", headers }, open);
		expect(response.status).toBe(403);
	});
});
