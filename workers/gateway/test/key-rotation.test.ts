import { decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rotatedSigningKeys } from "../../../local/signing-keys.ts";
import { issueAccessToken } from "../../auth/access-token.ts";
import { signingKeys } from "../../auth/signing-keys.ts";

/*
 * What happens to tokens when `npm run keys:rotate` has put a new value in place, with the gateway's
 * isolate going on as it was. Each test starts with an isolate that has no keys yet.
 */

let client: typeof import("./client.ts");

/** The secret as it is now, for an auth that has been deployed anew with it. */
let secret: string;
const AUTH = {
	jwks: async () => (await signingKeys(secret)).jwks,
} as unknown as GatewayEnv["AUTH"];

beforeEach(async () => {
	vi.resetModules();
	client = await import("./client.ts");
	secret = (client.bindings as unknown as AuthEnv).SIGNING_KEYS;
	vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(() => vi.useRealTimers());

const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const knock = (token: string) =>
	client.send("/conversions", { headers: { authorization: `Bearer ${token}` } }, { AUTH });

async function rotate(): Promise<void> {
	const published = await client.send("/.well-known/jwks.json", {}, { AUTH });
	secret = rotatedSigningKeys(((await published.json()) as { keys: unknown }).keys);
}

async function newToken(user: { id: string; email: string }): Promise<string> {
	const issuer = { issuer: client.bindings.PUBLIC_URL, key: (await signingKeys(secret)).current };
	const { id, email } = user;
	const row = { id: id as `usr_${string}`, email, name: "Ada", emailVerifiedAtMs: 1 };
	return (await issueAccessToken(issuer, row, new Date())).token;
}

test("the published keys are auth's, newest first, public halves only, for five minutes", async () => {
	const response = await client.send("/.well-known/jwks.json");
	expect(response.headers.get("cache-control")).toBe("public, max-age=300");
	expect(await response.json()).toEqual(await signingKeys(secret).then(({ jwks }) => jwks));
	const down = { jwks: () => Promise.reject(new Error("down")) } as unknown as GatewayEnv["AUTH"];
	await client.expectProblem(
		await client.send("/.well-known/jwks.json", {}, { AUTH: down }),
		503,
		"auth_unavailable",
	);
});

test("after a rotation, tokens of the new key and of the old one are good at once", async () => {
	const user = await client.signUp();
	expect((await knock(user.token)).status).toBe(200);
	later(2);
	await rotate();
	const token = await newToken(user);
	expect(decodeProtectedHeader(token).kid).not.toBe(decodeProtectedHeader(user.token).kid);
	expect((await knock(token)).status).toBe(200);
	expect((await knock(user.token)).status).toBe(200);
});

test("old tokens are good until they expire, whatever the gateway forgets meanwhile", async () => {
	const user = await client.signUp();
	await rotate();
	for (let minute = 1; minute < 60; minute += 7) {
		later(7 * 60);
		if (Date.now() / 1000 < expiry(user.token)) {
			expect((await knock(user.token)).status).toBe(200);
		}
	}
	later(60 * 60);
	await client.expectProblem(await knock(user.token), 401, "invalid_token");
});

test("two rotations make an end of a key that was stolen, within ten minutes", async () => {
	const user = await client.signUp();
	await rotate();
	await rotate();
	later(10 * 60);
	await client.expectProblem(await knock(user.token), 401, "invalid_token");
	expect((await knock(await newToken(user))).status).toBe(200);
});

test("the new value holds one private key, and the public half of one other", async () => {
	const [old] = JSON.parse(secret);
	await rotate();
	const { d, ...publicHalf } = old;
	const [newest, kept, ...more] = JSON.parse(secret);
	expect(newest).toMatchObject({ kty: "EC", crv: "P-256", d: expect.any(String) });
	expect(newest.kid).not.toBe(old.kid);
	expect(kept).toEqual(publicHalf);
	expect(more).toEqual([]);
	expect(d).toBeDefined();
});

function expiry(token: string): number {
	const payload = token.split(".")[1] ?? "";
	return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).exp;
}
