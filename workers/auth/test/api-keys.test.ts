import { env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { ApiKeyWish } from "#contracts/api-key.ts";
import { apiKeyHash, apiKeyText, isApiKeyText } from "#contracts/api-key-text.ts";
import type { UserId } from "#contracts/ids.ts";
import { connect } from "#db/connect.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import { createApiKey } from "../keys/create-api-key.ts";
import { verifyApiKey } from "../keys/verify-api-key.ts";
import { MAX_API_KEYS } from "../limits.ts";

const auth = exports.default;
const db = connect(env.DB);
const START_MS = Date.parse("2026-11-25T12:00:00Z");
const MINUTE_MS = 60 * 1000;
const WISH: ApiKeyWish = { name: "nightly", scopes: ["read"] };

let userId: UserId;
beforeEach(async () => {
	const username = `${crypto.randomUUID()}@example.com`;
	await auth.register({ name: "Ada", username, password: "correct horse battery" });
	userId = (await findUserByEmail(db, username))?.id ?? "usr_";
});

async function create(wish: ApiKeyWish = WISH) {
	const created = await createApiKey(db, userId, wish, START_MS);
	if (!created.ok) throw new Error(created.code);
	return created;
}
const verify = (key: string, nowMs = START_MS) => verifyApiKey(db, apiKeyHash(key), nowMs);

test("a key says whose it is and what it may do, and whether the address is confirmed", async () => {
	const { key } = await create({ name: "nightly", scopes: ["read", "upload"] });
	expect(await verify(key)).toEqual({
		sub: userId,
		email: expect.stringContaining("@example.com"),
		email_verified: false,
		name: "Ada",
		scopes: ["read", "upload"],
	});
	await env.DB.prepare("update users set email_verified_at_ms = 1 where id = ?").bind(userId).run();
	expect(await verify(key)).toMatchObject({ email_verified: true });
});

test("a key is stored as its hash alone", async () => {
	const { key } = await create();
	const rows = JSON.stringify((await env.DB.prepare("select * from api_keys").all()).results);
	expect(rows).not.toContain(key);
	expect(rows).not.toContain(key.slice(8));
	expect(rows).toContain(apiKeyHash(key));
});

test("a key opens nothing from its expiry on", async () => {
	const expiresAtMs = START_MS + MINUTE_MS;
	const { key } = await create({ ...WISH, expiresAt: new Date(expiresAtMs).toISOString() });
	expect(await verify(key, expiresAtMs - 1)).toMatchObject({ exp: expiresAtMs / 1000 });
	expect(await verify(key, expiresAtMs)).toBeNull();
});

test("a key of a deleted user opens nothing, and they get no new one", async () => {
	const { key } = await create();
	await env.DB.prepare("update users set deleted_at_ms = 1 where id = ?").bind(userId).run();
	expect(await verify(key)).toBeNull();
	expect(await createApiKey(db, userId, WISH, START_MS)).toEqual({
		ok: false,
		code: "invalid_token",
	});
});

test("a user has fifty keys at most, however many are made at once", async () => {
	for (let n = 0; n < MAX_API_KEYS - 1; n++) await create();
	const atOnce = await Promise.all([1, 2, 3].map(() => createApiKey(db, userId, WISH, START_MS)));
	expect(atOnce.filter(({ ok }) => ok)).toHaveLength(1);
	expect(await createApiKey(db, userId, WISH, START_MS)).toEqual({
		ok: false,
		code: "too_many_keys",
	});
	const [oldest] = await auth.listApiKeys(userId);
	if (oldest) await auth.deleteApiKey(userId, oldest.id);
	await create();
});

test("a key's last use is written down once a minute", async () => {
	const { key } = await create();
	const lastUse = async () => (await auth.listApiKeys(userId))[0]?.lastUsedAt;
	expect(await lastUse()).toBeNull();
	await verify(key, START_MS);
	await verify(key, START_MS + MINUTE_MS - 1);
	expect(await lastUse()).toBe(new Date(START_MS).toISOString());
	await verify(key, START_MS + MINUTE_MS);
	expect(await lastUse()).toBe(new Date(START_MS + MINUTE_MS).toISOString());
});

test("a key is another each time, and is known by how it is written", async () => {
	const [one, other] = [await create(), await create()];
	expect(one.key).not.toBe(other.key);
	expect(one.key).toMatch(/^esk_[0-9A-Za-z]{49}$/);
	expect(isApiKeyText(one.key)).toBe(true);
	expect(one.document.hint).toBe(one.key.slice(0, 8));
});

test("keys of the smallest and the largest secret are as long as any", () => {
	for (const byte of [0, 255]) {
		const key = apiKeyText(new Uint8Array(32).fill(byte));
		expect([key.length, isApiKeyText(key)]).toEqual([53, true]);
	}
	// Held still, so that keys that are out there stay keys.
	expect(apiKeyText(new Uint8Array(32).fill(255))).toBe(
		"esk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1",
	);
});

test("a key with any character changed is not written as a key", async () => {
	const { key } = await create();
	for (let at = 0; at < key.length; at++) {
		const changed = key[at] === "x" ? "y" : "x";
		expect(isApiKeyText(key.slice(0, at) + changed + key.slice(at + 1))).toBe(false);
	}
	for (const text of ["", "esk_", `${key}0`, key.slice(0, -1), ` ${key}`, `${key}\n`]) {
		expect(isApiKeyText(text)).toBe(false);
	}
});
