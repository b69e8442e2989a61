import { beforeEach, expect, test, vi } from "vitest";
import type { KeySet } from "../authentication/verification-keys.ts";

/*
 * How often auth is asked for its keys. Each test starts with an isolate that has none.
 */

let keysFor: (kid: string, nowMs: number) => Promise<KeySet>;
let calls: number;
let published: string[];
let isDown: boolean;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

beforeEach(async () => {
	vi.resetModules();
	const { verificationKeys } = await import("../authentication/verification-keys.ts");
	calls = 0;
	published = ["first"];
	isDown = false;
	const auth = {
		async jwks() {
			calls += 1;
			if (isDown) throw new Error("auth is down");
			return { keys: published.map((kid) => ({ kty: "EC", kid })) };
		},
	};
	keysFor = (kid, nowMs) => verificationKeys(auth, kid, nowMs);
});

const kids = (keySet: KeySet) => keySet.jwks().keys.map(({ kid }) => kid);

test("a known key is asked for once in ten minutes", async () => {
	for (let nowMs = 0; nowMs < 10 * MINUTE; nowMs += MINUTE) await keysFor("first", nowMs);
	expect(calls).toBe(1);
	await keysFor("first", 10 * MINUTE);
	expect(calls).toBe(2);
});

test("forged key ids cannot make the gateway ask more often than every second", async () => {
	for (let nowMs = 0; nowMs < SECOND; nowMs += 10) await keysFor(`forged-${nowMs}`, nowMs);
	expect(calls).toBe(1);
});

test("a key that auth has just begun to use is found", async () => {
	await keysFor("first", 0);
	published = ["second", "first"];
	expect(kids(await keysFor("second", SECOND))).toEqual(["second", "first"]);
});

test("a key that auth has given up is forgotten", async () => {
	await keysFor("first", 0);
	published = ["second"];
	expect(kids(await keysFor("first", 10 * MINUTE))).toEqual(["second"]);
});

test("while auth is down, the keys at hand go on serving", async () => {
	await keysFor("first", 0);
	isDown = true;
	expect(kids(await keysFor("first", 60 * MINUTE))).toEqual(["first"]);
});

test("with auth down and no keys at hand, there is nothing to check with", async () => {
	isDown = true;
	await expect(keysFor("first", 0)).rejects.toThrow("auth is down");
	isDown = false;
	expect(kids(await keysFor("first", 1))).toEqual(["first"]);
});
