import { beforeEach, expect, test, vi } from "vitest";
import type { ApiKeyClaims } from "#contracts/api-key.ts";
import { apiKeyHash, apiKeyText } from "#contracts/api-key-text.ts";

/*
 * How often auth is asked about keys, and how long its word counts. Each test starts with an isolate
 * that has heard nothing.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const claims: ApiKeyClaims = {
	sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
	email: "ada@example.com",
	email_verified: true,
	name: "Ada",
	scopes: ["read"],
};

let asked: string[];
let good: Map<string, ApiKeyClaims>;
let isDown: boolean;
let verify: (key: string, nowMs: number) => Promise<string>;

beforeEach(async () => {
	vi.resetModules();
	const { verifyApiKey } = await import("../authentication/verify-api-key.ts");
	asked = [];
	good = new Map();
	isDown = false;
	const auth = {
		async verifyApiKey(keyHash: string) {
			asked.push(keyHash);
			if (isDown) throw new Error("auth is down");
			return good.get(keyHash) ?? null;
		},
	};
	verify = async (key, nowMs) => {
		const result = await verifyApiKey(auth, key, new Date(nowMs));
		return result.ok ? "ok" : result.code;
	};
});

let keys = 0;
/** A key that nobody has made. */
function newKey(): string {
	keys += 1;
	const secret = new Uint8Array(32);
	new DataView(secret.buffer).setUint32(0, keys);
	return apiKeyText(secret);
}

/** A key that auth knows. */
function goodKey(more: Partial<ApiKeyClaims> = {}): string {
	const key = newKey();
	good.set(apiKeyHash(key), { ...claims, ...more });
	return key;
}

test("auth is asked about a key in use once a minute, and never sees it", async () => {
	const key = goodKey();
	for (let nowMs = 0; nowMs < MINUTE; nowMs += SECOND) expect(await verify(key, nowMs)).toBe("ok");
	expect(asked).toEqual([apiKeyHash(key)]);
	await verify(key, MINUTE);
	expect(asked).toHaveLength(2);
});

test("a revoked key opens nothing after a minute", async () => {
	const key = goodKey();
	await verify(key, 0);
	good.clear();
	expect(await verify(key, MINUTE - 1)).toBe("ok");
	expect(await verify(key, MINUTE)).toBe("invalid_token");
	expect(await verify(key, MINUTE + 1)).toBe("invalid_token");
});

test("a key expires on time, whatever was said of it before", async () => {
	const key = goodKey({ exp: 30 });
	expect(await verify(key, 30 * SECOND - 1)).toBe("ok");
	expect(await verify(key, 30 * SECOND)).toBe("invalid_token");
	expect(asked).toHaveLength(1);
});

test("a key that is unknown is asked about once a minute, however often it comes", async () => {
	const key = newKey();
	for (let nowMs = 0; nowMs < MINUTE; nowMs += SECOND) {
		expect(await verify(key, nowMs)).toBe("invalid_token");
	}
	expect(asked).toHaveLength(1);
});

test("what is not written as a key is refused without asking", async () => {
	const key = goodKey();
	for (const text of ["esk_", "esk_x", `${key}x`, key.slice(0, -1), `esk_${"A".repeat(49)}`]) {
		expect(await verify(text, 0)).toBe("invalid_token");
	}
	expect(asked).toEqual([]);
});

test("guesses do not push out what is known of keys in use", async () => {
	const key = goodKey();
	await verify(key, 0);
	for (let n = 0; n < 3000; n++) await verify(newKey(), 0);
	asked = [];
	expect(await verify(key, 1)).toBe("ok");
	expect(asked).toEqual([]);
});

test("no more than a thousand keys are remembered; those asked about longest ago make room", async () => {
	const first = goodKey();
	await verify(first, 0);
	const others = Array.from({ length: 1000 }, () => goodKey());
	for (const key of others) await verify(key, 0);
	asked = [];
	for (const key of others) await verify(key, 1);
	expect(asked).toEqual([]);
	await verify(first, 1);
	expect(asked).toEqual([apiKeyHash(first)]);
});

test("with auth down a key is not refused but cannot be checked, unless it was a moment ago", async () => {
	const key = goodKey();
	await verify(key, 0);
	isDown = true;
	expect(await verify(key, MINUTE - 1)).toBe("ok");
	expect(await verify(key, MINUTE)).toBe("auth_unavailable");
	isDown = false;
	expect(await verify(key, MINUTE)).toBe("ok");
});
