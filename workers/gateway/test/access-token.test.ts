import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { bindings, expectProblem, send, signUp, type TestUser } from "./client.ts";
import { withoutAuth } from "./keys.ts";

/*
 * What a token must be to open the door (RFC 7519, RFC 8725).
 */

let user: TestUser;
let authKey: { kid: string; key: Awaited<ReturnType<typeof importJWK>> };

beforeAll(async () => {
	user = await signUp();
	const { SIGNING_KEYS } = bindings as unknown as AuthEnv;
	const [jwk] = JSON.parse(SIGNING_KEYS);
	authKey = { kid: jwk.kid, key: await importJWK(jwk, "ES256") };
});

const now = () => Math.floor(Date.now() / 1000);

interface Forgery {
	kid?: string;
	alg?: string;
	iss?: string;
	aud?: string;
	sub?: string;
	iat?: number;
	exp?: number;
	nbf?: number;
	key?: CryptoKey | Uint8Array;
	header?: object;
	claims?: object;
}

/** A token like auth's own, except for what is given. */
function token(forgery: Forgery = {}): Promise<string> {
	const { kid = authKey.kid, alg = "ES256", key = authKey.key } = forgery;
	const jwt = new SignJWT({ email: user.email, name: "Ada", ...forgery.claims })
		.setProtectedHeader({ alg, kid, typ: "JWT", ...forgery.header })
		.setIssuer(forgery.iss ?? bindings.PUBLIC_URL)
		.setAudience(forgery.aud ?? "earshot")
		.setSubject(forgery.sub ?? user.id)
		.setIssuedAt(forgery.iat ?? now())
		.setExpirationTime(forgery.exp ?? now() + 60);
	if (forgery.nbf !== undefined) jwt.setNotBefore(forgery.nbf);
	return jwt.sign(key, { crit: { odd: true } });
}

/** A token of auth's own that lacks a claim. */
function without(claim: string): Promise<string> {
	const claims = {
		email: user.email,
		name: "Ada",
		iss: bindings.PUBLIC_URL,
		aud: "earshot",
		sub: user.id,
		iat: now(),
		exp: now() + 60,
		[claim]: undefined,
	};
	const header = { alg: "ES256", kid: authKey.kid, typ: "JWT" };
	return new SignJWT(claims).setProtectedHeader(header).sign(authKey.key);
}

const es384 = async () => (await generateKeyPair("ES384")).privateKey;

const knock = (bearer: string) =>
	send("/conversions", { headers: { authorization: `Bearer ${bearer}` } });

test("a token like auth's own is accepted (so that the refusals below mean something)", async () => {
	expect((await knock(await token())).status).toBe(200);
});

test("no token is 401 with a challenge", async () => {
	const response = await send("/conversions");
	expect(response.headers.get("www-authenticate")).toBe('Bearer realm="earshot"');
	await expectProblem(response, 401, "unauthenticated");
});

test.each<[string, () => Promise<string>]>([
	["garbage", async () => "garbage"],
	["an expired token", () => token({ exp: now() - 10 })],
	["a token that is not valid yet", () => token({ nbf: now() + 60 })],
	["another issuer", () => token({ iss: "https://evil.example" })],
	["another audience", () => token({ aud: "earshot-control" })],
	["an issuer that begins with ours", () => token({ iss: `${bindings.PUBLIC_URL}/` })],
	["a session that is none", () => token({ claims: { sid: "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV" } })],
	["no expiry", () => without("exp")],
	["no time of issue", () => without("iat")],
	["no issuer", () => without("iss")],
	["no audience", () => without("aud")],
	["no subject", () => without("sub")],
	["no key id", () => token({ kid: "" })],
	["three dots", async () => `${await token()}.x`],
	["empty parts", async () => ".."],
	["a header that is no JSON", async () => `e30x.${(await token()).split(".").slice(1).join(".")}`],
	["no signature", async () => (await token()).replace(/[^.]+$/, "")],
	[
		"a key of its own in the header (RFC 7515, 4.1.3)",
		async () => {
			const { privateKey, publicKey } = await generateKeyPair("ES256");
			const jwk = await exportJWK(publicKey);
			return token({ key: privateKey, header: { jwk } });
		},
	],
	[
		"a critical extension that nobody knows (RFC 7515, 4.1.11)",
		() => token({ header: { crit: ["odd"], odd: true } }),
	],
	["another kind of token's algorithm", async () => token({ alg: "ES384", key: await es384() })],
	["an unknown key id", () => token({ kid: "unknown" })],
	["a subject that is no user", () => token({ sub: "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV" })],
	[
		"a token signed by another key",
		async () => token({ key: (await generateKeyPair("ES256")).privateKey }),
	],
	[
		"alg none",
		async () =>
			new UnsecuredJWT({ email: user.email, name: "Ada" })
				.setIssuer(bindings.PUBLIC_URL)
				.setAudience("earshot")
				.setSubject(user.id)
				.setIssuedAt()
				.setExpirationTime("1h")
				.encode(),
	],
	[
		"HS256 keyed with auth's public key",
		async () => {
			const publicKey = JSON.stringify(await exportJWK((await generateKeyPair("ES256")).publicKey));
			return token({ alg: "HS256", key: new TextEncoder().encode(publicKey) });
		},
	],
	["a signature with one bit flipped", async () => flipLastBit(await token())],
	[
		"claims changed after signing",
		async () => withClaims(await token(), { sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
	],
])("%s is refused, with one message for all", async (_, forge) => {
	const response = await knock(await forge());
	expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
	const clone = response.clone();
	await expectProblem(response, 401, "invalid_token");
	expect(await clone.json()).toMatchObject({
		detail: "The token is malformed, expired or not ours. Log in again.",
	});
});

test.each([
	["1 MB", () => "A".repeat(1_000_000)],
	["1 MB that begins like an API key", () => `esk_${"A".repeat(1_000_000)}`],
	["1 MB of spaces", () => `${" ".repeat(1_000_000)}A`],
	["1 MB of dots", () => ".".repeat(1_000_000)],
	["characters that no token has", () => "a b"],
	["nothing", () => ""],
])("a header with %s is no token at all, and costs no call", async (_, make) => {
	const init = { headers: { authorization: `Bearer ${make()}` } };
	await expectProblem(await send("/conversions", init, withoutAuth), 401, "unauthenticated");
});

test.each(["Basic YTpi", "bearer", "Token abc", "Bearer: abc"])(
	"%j is another scheme",
	async (authorization) => {
		const response = await send("/conversions", { headers: { authorization } });
		await expectProblem(response, 401, "unauthenticated");
	},
);

test("the scheme may be written in any case (RFC 9110, 11.1)", async () => {
	const headers = { authorization: `bEARER  ${user.token}` };
	expect((await send("/conversions", { headers })).status).toBe(200);
});

test("a token stands in the header alone: neither query nor cookie opens anything", async () => {
	const headers = { cookie: `token=${user.token}; __Secure-session=${user.token}` };
	const response = await send(`/conversions?access_token=${user.token}`, { headers });
	await expectProblem(response, 401, "unauthenticated");
});

test("a request with a valid token calls auth not at all", async () => {
	const response = await send("/conversions", { headers: user.auth }, withoutAuth);
	expect(response.status).toBe(200);
});

function flipLastBit(jwt: string): string {
	const [header, payload, signature = ""] = jwt.split(".");
	const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
	bytes[0] = (bytes[0] ?? 0) ^ 1;
	return [header, payload, bytes.toBase64({ alphabet: "base64url", omitPadding: true })].join(".");
}

function withClaims(jwt: string, changed: object): string {
	const [header, payload = "", signature] = jwt.split(".");
	const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
	const forged = btoa(JSON.stringify({ ...claims, ...changed }));
	return [header, forged.replace(/=+$/, ""), signature].join(".");
}
