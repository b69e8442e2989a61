import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { bindings, expectProblem, send, signUp, type TestUser } from "./client.ts";

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
}

/** A token like auth's own, except for what is given. */
function token(forgery: Forgery = {}): Promise<string> {
	const { kid = authKey.kid, alg = "ES256", key = authKey.key } = forgery;
	const jwt = new SignJWT({ email: user.email, name: "Ada" })
		.setProtectedHeader({ alg, kid, typ: "JWT" })
		.setIssuer(forgery.iss ?? bindings.PUBLIC_URL)
		.setAudience(forgery.aud ?? "earshot")
		.setSubject(forgery.sub ?? user.id)
		.setIssuedAt(forgery.iat ?? now())
		.setExpirationTime(forgery.exp ?? now() + 60);
	if (forgery.nbf !== undefined) jwt.setNotBefore(forgery.nbf);
	return jwt.sign(key);
}

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

test("a request with a valid token calls auth not at all", async () => {
	const unreachable = new Proxy(
		{},
		{
			get: () => () => {
				throw new Error("auth was called");
			},
		},
	) as GatewayEnv["AUTH"];
	const response = await send("/conversions", { headers: user.auth }, { AUTH: unreachable });
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
