import {
	type CryptoKey,
	exportSPKI,
	generateKeyPair,
	type JWTPayload,
	SignJWT,
	UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Earshot, startEarshot } from "./earshot.ts";
import { Browser } from "./sign-in/browser.ts";
import { type Behaviour, startHostileProvider } from "./sign-in/hostile-provider.ts";

/*
 * What an ID token must be to open an account (OpenID Connect Core 1.0, section 3.1.3.7), whoever
 * stands between.
 */

let earshot: Earshot;
let provider: Awaited<ReturnType<typeof startHostileProvider>>;
/** Its discovery document is of another issuer, or cannot be had. */
let misplaced: Awaited<ReturnType<typeof startHostileProvider>>;

beforeAll(async () => {
	provider = await startHostileProvider();
	misplaced = await startHostileProvider();
	const oidc = { name: "Hostile", kind: "oidc", clientId: "earshot" };
	earshot = await startEarshot(async () => ({
		providers: [
			{ ...oidc, id: "hostile", issuer: provider.url },
			{ ...oidc, id: "misplaced", issuer: misplaced.url },
			{ ...oidc, id: "gone", issuer: "http://127.0.0.1:9" },
		],
		secrets: { hostile: "secret", misplaced: "secret" },
	}));
});
afterAll(async () => {
	await earshot?.close();
	await provider?.close();
	await misplaced?.close();
});

/** Signs in there, with a provider that is honest but for what is given. */
async function signIn(
	behaviour: Partial<Behaviour> | ((nonce: string) => Partial<Behaviour>) = {},
): Promise<{ status: number; code: string | undefined; signedIn: boolean }> {
	const browser = new Browser();
	const begun = await browser.open(`${earshot.url}/sign-in/hostile`);
	const { searchParams } = new URL(begun.headers.get("location") ?? "");
	const nonce = searchParams.get("nonce") ?? "";
	const changed = typeof behaviour === "function" ? behaviour(nonce) : behaviour;
	provider.behaviour = {
		...provider.honest,
		...changed,
		claims: { nonce, ...changed.claims },
	};
	const callback = new URL(`${earshot.url}/sign-in/hostile/callback?code=any`);
	callback.searchParams.set("state", searchParams.get("state") ?? "");
	const response = await browser.open(callback);
	const body = await response.text();
	return {
		status: response.status,
		code: body === "" ? undefined : JSON.parse(body).code,
		signedIn: browser.cookiesOf(earshot.url).has("__Secure-session"),
	};
}

const REFUSED = { status: 400, code: "sign_in_failed", signedIn: false };
const now = () => Math.floor(Date.now() / 1000);

test("an honest ID token signs in (so that the refusals below mean something)", async () => {
	expect(await signIn()).toEqual({ status: 303, code: undefined, signedIn: true });
});

test.each<[string, () => Behaviour["claims"]]>([
	["of another issuer", () => ({ iss: "https://evil.example" })],
	["for another audience", () => ({ aud: "somebody-else" })],
	[
		"for others as well, of whom one asked for it",
		() => ({ aud: ["earshot", "other"], azp: "other" }),
	],
	["that has expired", () => ({ exp: now() - 60 })],
	["that is not valid yet", () => ({ nbf: now() + 600 })],
	["with another nonce", () => ({ nonce: "of another sign-in" })],
	["without a nonce", () => ({ nonce: undefined })],
	["without a subject", () => ({ sub: undefined })],
	["with an address that is not verified", () => ({ sub: "new", email_verified: false })],
	["that does not say whether it is verified", () => ({ sub: "new", email_verified: undefined })],
	["with something else than true", () => ({ sub: "new", email_verified: 1 })],
	["with what is no address", () => ({ sub: "new", email: "a@b.co\r\nBcc: c@d.co" })],
	["with an address that lowers to another's", () => ({ sub: "new", email: "\u212Aay@b.co" })],
	["without an address", () => ({ sub: "new", email: undefined })],
])("an ID token %s is refused", async (_, claims) => {
	expect(await signIn({ claims: claims() })).toEqual(REFUSED);
});

const signWith = (key: CryptoKey | Uint8Array, alg: string) => (claims: JWTPayload) =>
	new SignJWT(claims).setProtectedHeader({ alg, kid: "only" }).sign(key);

test.each<[string, () => Promise<Behaviour["sign"]>]>([
	["another key", async () => signWith((await generateKeyPair("RS256")).privateKey, "RS256")],
	["another algorithm", async () => signWith((await generateKeyPair("ES256")).privateKey, "ES256")],
	["nothing: alg none", async () => async (claims) => new UnsecuredJWT(claims).encode()],
	[
		"the public key as a shared secret",
		async () => signWith(new TextEncoder().encode(await exportSPKI(provider.publicKey)), "HS256"),
	],
	["a key that it names itself", async () => async (claims) => withOwnKey(claims)],
])("an ID token signed with %s is refused", async (_, sign) => {
	expect(await signIn({ sign: await sign() })).toEqual(REFUSED);
});

async function withOwnKey(claims: JWTPayload): Promise<string> {
	const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
	const jwk = await crypto.subtle.exportKey("jwk", publicKey);
	const header = { alg: "RS256", jwk: { kty: "RSA", n: String(jwk.n), e: String(jwk.e) } };
	return new SignJWT(claims).setProtectedHeader({ ...header, kid: "own" }).sign(privateKey);
}

test("an ID token that was changed after signing is refused", async () => {
	const sign: Behaviour["sign"] = async (claims) => {
		const [header, , signature] = (await provider.honest.sign(claims)).split(".");
		const changed = Buffer.from(JSON.stringify({ ...claims, sub: "another" }));
		return [header, changed.toString("base64url"), signature].join(".");
	};
	expect(await signIn({ sign })).toEqual(REFUSED);
});

test("a provider that fails while signing in is said to be unavailable", async () => {
	const unavailable = { status: 503, code: "sign_in_unavailable", signedIn: false };
	expect(await signIn({ tokenStatus: 500 })).toEqual(unavailable);
});

test.each<[string, () => Record<string, unknown>]>([
	["of another issuer", () => ({ issuer: "https://accounts.evil.example" })],
	["that leads to a script", () => ({ authorization_endpoint: "javascript:alert(1)" })],
	["that leads away from https", () => ({ authorization_endpoint: "http://evil.example/login" })],
	["without a place to go to", () => ({ authorization_endpoint: undefined })],
])("a discovery document %s sends nobody anywhere", async (_, metadata) => {
	misplaced.behaviour = { ...misplaced.honest, metadata: metadata() };
	await expectUnavailable("misplaced");
});

test("a provider that is not there is said to be unavailable", async () => {
	await expectUnavailable("gone");
});

async function expectUnavailable(id: string): Promise<void> {
	const response = await new Browser().open(`${earshot.url}/sign-in/${id}`);
	expect(response.status).toBe(503);
	expect(response.headers.has("location")).toBe(false);
	expect(await response.json()).toMatchObject({ code: "sign_in_unavailable" });
}
