import { env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { describeError } from "#contracts/log-line.ts";
import { connect } from "#db/connect.ts";
import { generateSecrets } from "../../../local/secrets.ts";
import { issueAccessToken } from "../access-token.ts";
import { login } from "../login.ts";
import { signingKeys } from "../signing-keys.ts";

const auth = exports.default;
const PASSWORD = "correct horse battery";

/** A user who has opened the mailed link. */
async function newUser() {
	const username = `${crypto.randomUUID()}@example.com`;
	await auth.register({ name: "Ada", username, password: PASSWORD });
	const id = await env.DB.prepare(
		"update users set email_verified_at_ms = created_at_ms where email = ? returning id",
	)
		.bind(username)
		.first<string>("id");
	return { id, username };
}

test("a registered user can log in, over RPC, and the token verifies against the JWKS", async () => {
	const account = await newUser();
	const result = await auth.login(account.username, PASSWORD);
	if (!result.ok) throw new Error(result.code);
	const { payload, protectedHeader } = await jwtVerify(
		result.token,
		createLocalJWKSet(await auth.jwks()),
		{ issuer: env.TOKEN_ISSUER, audience: "earshot", algorithms: ["ES256"] },
	);
	expect(payload).toMatchObject({ sub: account.id, email: account.username, name: "Ada" });
	expect(protectedHeader.kid).toBe((await auth.jwks()).keys[0]?.kid);
	expect(result.expiresAtMs).toBe((payload.exp ?? 0) * 1000);
});

test("the JWKS holds public keys only", async () => {
	const { keys } = await auth.jwks();
	expect(keys).toEqual([
		{
			kty: "EC",
			crv: "P-256",
			alg: "ES256",
			use: "sig",
			kid: expect.any(String),
			x: expect.any(String),
			y: expect.any(String),
		},
	]);
});

test("a taken address is answered like any other, and the account stays its owner's", async () => {
	const { username } = await newUser();
	const taken = { name: "Eve", username, password: "another password" };
	expect(await auth.register(taken)).toEqual({ ok: true, account: { name: "Eve", username } });
	expect(await auth.login(username, "another password")).toEqual({
		ok: false,
		code: "invalid_credentials",
	});
});

test("passwords are stored only as hashes", async () => {
	const account = await newUser();
	const row = await env.DB.prepare("select * from users where id = ?").bind(account.id).first();
	expect(JSON.stringify(row)).not.toContain(PASSWORD);
	expect(row).toMatchObject({ password_hash: expect.stringMatching(/^\$scrypt\$/) });
});

test("who has no password cannot log in with what stands in its place", async () => {
	const { id, username } = await newUser();
	await env.DB.prepare("update users set password_hash = '!' where id = ?").bind(id).run();
	for (const password of ["!", "", PASSWORD]) {
		expect(await auth.login(username, password)).toEqual({
			ok: false,
			code: "invalid_credentials",
		});
	}
});

test("an SQL fragment is only a wrong address", async () => {
	await newUser();
	expect(await auth.login("' or 1=1 --", PASSWORD)).toEqual({
		ok: false,
		code: "invalid_credentials",
	});
});

test("after a rotation the new key signs and tokens of the old one still verify", async () => {
	const [oldJwk] = JSON.parse(env.SIGNING_KEYS);
	const [newJwk] = JSON.parse(generateSecrets().SIGNING_KEYS);
	const before = await signingKeys(JSON.stringify([oldJwk]));
	const after = await signingKeys(JSON.stringify([newJwk, oldJwk]));
	const user = {
		id: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
		email: "a@b.co",
		name: "A",
		emailVerifiedAtMs: null,
	} as const;
	const verify = (token: string) => jwtVerify(token, createLocalJWKSet(after.jwks));
	const issue = (key: typeof before.current) =>
		issueAccessToken({ issuer: "https://earshot.test", key }, user, new Date());

	const [oldToken, newToken] = [await issue(before.current), await issue(after.current)];
	expect(decodeProtectedHeader(newToken.token).kid).toBe(newJwk.kid);
	await expect(verify(oldToken.token)).resolves.toBeDefined();
	await expect(verify(newToken.token)).resolves.toBeDefined();
});

test("of older keys the public halves are enough; the newest has to be private", async () => {
	const [jwk] = JSON.parse(env.SIGNING_KEYS);
	const { d: _, ...publicHalf } = jwk;
	const { current, jwks } = await signingKeys(JSON.stringify([jwk, { ...publicHalf, kid: "old" }]));
	expect(current.kid).toBe(jwk.kid);
	expect(jwks.keys.map(({ kid }) => kid)).toEqual([jwk.kid, "old"]);
	await expect(
		Promise.resolve().then(() => signingKeys(JSON.stringify([publicHalf, jwk]))),
	).rejects.toThrow();
});

test.each(["", "[]", "{}", '[{"kty":"oct","k":"abc","kid":"1"}]'])(
	"the secret %j is refused as signing keys",
	async (secret) => {
		await expect(Promise.resolve().then(() => signingKeys(secret))).rejects.toThrow();
	},
);

test("ping throws when D1 does not answer", async () => {
	await expect(auth.ping()).resolves.toBeUndefined();
	const DB = {
		prepare: () => {
			throw new Error("D1 is down");
		},
	} as unknown as D1Database;
	const key = (await signingKeys(env.SIGNING_KEYS)).current;
	await expect(
		login(connect(DB), { issuer: "x", key }, { email: "a@b.co", password: PASSWORD }, new Date()),
	).rejects.toThrow();
});

test("what is logged of a failed query names nobody, and says why it failed", async () => {
	const statement = { bind: () => ({ raw: () => Promise.reject(new Error("D1 is down")) }) };
	const DB = { prepare: () => statement } as unknown as D1Database;
	const key = (await signingKeys(env.SIGNING_KEYS)).current;
	const credentials = { email: "ada@example.com", password: PASSWORD };
	const failure = await login(connect(DB), { issuer: "x", key }, credentials, new Date()).catch(
		(error: unknown) => error,
	);
	expect(String(failure)).toContain("ada@example.com");
	const logged = describeError(failure);
	expect(logged).not.toContain("ada@example.com");
	expect(logged).toMatch(/^Error: Failed query: select .* \(Error: D1 is down\)$/);
});
