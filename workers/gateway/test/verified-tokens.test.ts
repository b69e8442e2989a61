import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_VERIFIED_TOKENS, VerifiedTokens } from "../authentication/verified-tokens.ts";
import type { verifyAccessToken } from "../authentication/verify-access-token.ts";

/*
 * What is remembered of tokens, and what must not be. Each test starts with an isolate that knows none.
 */

const ISSUER = "https://earshot.test";
const MINUTE = 60_000;
const NOW_MS = Date.parse("2026-11-20T12:00:00Z");

let verify: typeof verifyAccessToken;
let signer: CryptoKeyPair;
let published: JWK[];
let checks: { mock: { calls: unknown[] } };

beforeEach(async () => {
	vi.resetModules();
	({ verifyAccessToken: verify } = await import("../authentication/verify-access-token.ts"));
	signer = await generateKeyPair("ES256", { extractable: true });
	published = [{ ...(await exportJWK(signer.publicKey)), kid: "first", alg: "ES256" }];
	checks = vi.spyOn(crypto.subtle, "verify");
});
afterEach(() => {
	vi.restoreAllMocks();
});

const sign = (subject = "usr_01KAG4Z6V1Q8N4T0X9D3R7M5WB"): Promise<string> =>
	new SignJWT({ email: "ada@example.com", name: "Ada" })
		.setProtectedHeader({ alg: "ES256", kid: "first" })
		.setIssuer(ISSUER)
		.setAudience("earshot")
		.setSubject(subject)
		.setIssuedAt(NOW_MS / 1000)
		.setExpirationTime(NOW_MS / 1000 + 60 * 60)
		.sign(signer.privateKey);

/** Whether the token opens the door, so long after it was signed. */
async function opens(token: string, afterMs = 0): Promise<boolean> {
	const auth = { jwks: async () => ({ keys: published }) };
	return (await verify(auth, ISSUER, token, new Date(NOW_MS + afterMs))).ok;
}

test("a token's signature is checked once", async () => {
	const token = await sign();
	for (let minute = 0; minute < 9; minute++) expect(await opens(token, minute * MINUTE)).toBe(true);
	expect(checks.mock.calls).toHaveLength(1);
});

test("an expired token is refused, however often it has been let in", async () => {
	const token = await sign();
	// The keys are fetched shortly before, so that only the time can be the reason.
	expect(await opens(token, 59 * MINUTE)).toBe(true);
	expect(await opens(token, 60 * MINUTE + 4000)).toBe(true);
	expect(checks.mock.calls).toHaveLength(1);
	expect(await opens(token, 60 * MINUTE + 5000)).toBe(false);
	expect(await opens(token, 61 * MINUTE)).toBe(false);
});

test.each([0, 1, 2])("with another character in part %i it is another token", async (part) => {
	const token = await sign();
	expect(await opens(token)).toBe(true);
	const parts = token.split(".");
	// Not the last one: some of its bits are none of the signature's.
	const [first = "", ...rest] = parts[part] ?? "";
	parts[part] = [first === "e" ? "f" : "e", ...rest].join("");
	expect(await opens(parts.join("."))).toBe(false);
	expect(await opens(token)).toBe(true);
});

test("a signature does not vouch for other claims", async () => {
	const [ada, eve] = [await sign(), await sign("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV")];
	expect(await opens(ada)).toBe(true);
	expect(await opens(eve)).toBe(true);
	const [header, claims] = eve.split(".");
	expect(await opens([header, claims, ada.split(".")[2]].join("."))).toBe(false);
});

test("a key that auth has given up verifies nothing once the keys are fetched again", async () => {
	const token = await sign();
	expect(await opens(token)).toBe(true);
	published = [];
	expect(await opens(token, 9 * MINUTE)).toBe(true);
	expect(await opens(token, 10 * MINUTE)).toBe(false);
});

test("a key that was exchanged under its name verifies nothing of the one before", async () => {
	const token = await sign();
	expect(await opens(token)).toBe(true);
	const { publicKey } = await generateKeyPair("ES256", { extractable: true });
	published = [{ ...(await exportJWK(publicKey)), kid: "first", alg: "ES256" }];
	expect(await opens(token, 10 * MINUTE)).toBe(false);
});

test("what is refused is not remembered", async () => {
	const token = await sign();
	const forged = `${token.slice(0, -20)}AAAA${token.slice(-16)}`;
	for (let time = 0; time < 3; time++) expect(await opens(forged)).toBe(false);
	expect(checks.mock.calls).toHaveLength(3);
});

test("there is an end to how many are remembered: the oldest goes", () => {
	const claims = {
		iss: ISSUER,
		aud: "earshot",
		sub: "usr_01KAG4Z6V1Q8N4T0X9D3R7M5WB",
		email: "ada@example.com",
		email_verified: true,
		name: "Ada",
		iat: 0,
		exp: 100,
	} as const;
	const tokens = new VerifiedTokens();
	for (let index = 0; index <= MAX_VERIFIED_TOKENS; index++) tokens.add(`token ${index}`, claims);
	expect(tokens.find("token 0", 0)).toBeNull();
	expect(tokens.find("token 1", 0)).toEqual(claims);
	expect(tokens.find(`token ${MAX_VERIFIED_TOKENS}`, 0)).toEqual(claims);
});
