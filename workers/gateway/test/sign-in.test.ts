import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { signingKeys } from "../../auth/signing-keys.ts";
import { bindings, expectProblem, send, signUp } from "./client.ts";

/*
 * The gateway's part in signing in elsewhere. What a provider does in between, and what comes of it,
 * is in e2e/sign-in.test.ts. The providers here are those of vitest.config.ts.
 */

const COOKIE = "__Secure-sign-in";

test("providers are listed without what only auth knows of them", async () => {
	const response = await send("/sign-in");
	expect(await response.json()).toEqual({
		providers: [
			{ id: "github", name: "GitHub", url: "/sign-in/github" },
			{ id: "gone", name: "Gone", url: "/sign-in/gone" },
		],
	});
});

/** Begins at GitHub. */
async function begin(query = "") {
	const response = await send(`/sign-in/github${query}`);
	expect(response.status).toBe(302);
	const location = new URL(response.headers.get("location") ?? "");
	const [cookie = ""] = response.headers.getSetCookie();
	const token = /^[^=]+=([^;]*)/.exec(cookie)?.[1] ?? "";
	const claims = JSON.parse(
		atob(token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""),
	);
	return { response, location, cookie, token, claims };
}

const comeBack = (token: string | null, state: string, provider = "github") =>
	send(`/sign-in/${provider}/callback?code=any&state=${state}`, {
		headers: token === null ? {} : { cookie: `${COOKIE}=${token}` },
	});

test("a browser is sent off with all that ties the answer to it", async () => {
	const { response, location, claims } = await begin();
	expect(response.headers.get("cache-control")).toBe("no-store");
	expect(`${location.origin}${location.pathname}`).toBe("https://github.com/login/oauth/authorize");
	expect(Object.fromEntries(location.searchParams)).toEqual({
		client_id: "earshot",
		redirect_uri: `${bindings.PUBLIC_URL}/sign-in/github/callback`,
		response_type: "code",
		scope: "user:email",
		state: claims.state,
		code_challenge: expect.stringMatching(/^[\w-]{43}$/),
		code_challenge_method: "S256",
	});
	// The verifier stays behind.
	expect(location.href).not.toContain(claims.verifier);
});

test("the cookie is for sign-in alone, out of scripts' reach, for ten minutes", async () => {
	const { cookie } = await begin();
	const [pair = "", ...attributes] = cookie.split("; ");
	expect(pair).toMatch(/^__Secure-sign-in=/);
	expect(attributes.toSorted()).toEqual(
		["HttpOnly", "Max-Age=600", "Path=/sign-in", "SameSite=Lax", "Secure"].toSorted(),
	);
});

test("no two begin alike, and nothing is written for them", async () => {
	const rows = () =>
		bindings.DB.prepare(
			"select (select count(*) from users) + (select count(*) from identities) + (select count(*) from sessions) as n",
		).first("n");
	const before = await rows();
	const [one, other] = [await begin(), await begin()];
	for (const secret of ["state", "nonce", "verifier"]) {
		expect(one.claims[secret]).toMatch(/^[\w-]{43}$/);
		expect(one.claims[secret]).not.toBe(other.claims[secret]);
	}
	expect(await rows()).toBe(before);
});

test("where a browser asks to go in the end is kept; what is not here is not", async () => {
	expect((await begin("?returnTo=%2Fdocs%23upload")).claims.returnTo).toBe("/docs#upload");
	expect((await begin("?returnTo=%2F%2Fevil.example")).claims.returnTo).toBe("/docs");
	expect((await begin("?returnTo=https%3A%2F%2Fevil.example")).claims.returnTo).toBe("/docs");
});

test.each(["unknown", "%2e%2e", "constructor"])("the provider %s is 404", async (provider) => {
	await expectProblem(await send(`/sign-in/${provider}`), 404, "not_found");
	await expectProblem(await send(`/sign-in/${provider}/callback`), 404, "not_found");
});

test("a provider that does not answer is 503, and no cookie is set", async () => {
	const response = await send("/sign-in/gone");
	expect(response.headers.getSetCookie()).toEqual([]);
	await expectProblem(response, 503, "sign_in_unavailable");
});

test("coming back without a cookie is refused, with what to do about it", async () => {
	const { claims } = await begin();
	const response = await comeBack(null, claims.state);
	expect(await response.clone().json()).toMatchObject({
		detail: expect.stringMatching(/Begin again\.$/),
	});
	await expectProblem(response, 400, "sign_in_failed");
});

/** A state token like auth's own, except for what is given. */
async function forge(claims: object, header: object = {}, audience = "earshot-sign-in") {
	const { SIGNING_KEYS, TOKEN_ISSUER } = bindings as unknown as AuthEnv;
	const { current } = await signingKeys(SIGNING_KEYS);
	return new SignJWT({
		provider: "github",
		state: "s",
		nonce: "n",
		verifier: "v",
		returnTo: "/",
		...claims,
	})
		.setProtectedHeader({ alg: "ES256", kid: current.kid, typ: "earshot-sign-in+jwt", ...header })
		.setIssuer(TOKEN_ISSUER)
		.setAudience(audience)
		.sign(current.key);
}

const soon = () => Math.floor(Date.now() / 1000) + 60;

test.each<[string, () => Promise<string>]>([
	["garbage", async () => "garbage"],
	["an access token", async () => (await signUp()).token],
	["one that has expired", () => forge({ exp: soon() - 120 })],
	["one that never expires", () => forge({})],
	["one for another audience", () => forge({ exp: soon() }, {}, "earshot")],
	["one of another type", () => forge({ exp: soon() }, { typ: "JWT" })],
	["one of another provider", () => forge({ exp: soon(), provider: "gone" })],
	["one with another state", () => forge({ exp: soon(), state: "t" })],
])("a cookie that holds %s is refused", async (_, token) => {
	const response = await comeBack(await token(), "s");
	const { detail } = (await response.clone().json()) as { detail: string };
	expect(detail).toContain("was not begun in this browser");
	await expectProblem(response, 400, "sign_in_failed");
});

test("a cookie's token opens nothing else", async () => {
	const { token } = await begin();
	const headers = { authorization: `Bearer ${token}` };
	await expectProblem(await send("/conversions", { headers }), 401, "invalid_token");
});

test("what did not work leaves a sign-in that is under way alone", async () => {
	const { token } = await begin();
	const response = await comeBack(token, "forged");
	expect(response.headers.getSetCookie()).toEqual([]);
});

test("with auth down, nobody signs in: 503", async () => {
	const down = () => Promise.reject(new Error("auth is down"));
	const AUTH = {
		signInProviders: down,
		beginSignIn: down,
		completeSignIn: down,
	} as unknown as GatewayEnv["AUTH"];
	for (const path of ["/sign-in", "/sign-in/github", "/sign-in/github/callback"]) {
		await expectProblem(await send(path, {}, { AUTH }), 503, "auth_unavailable");
	}
});
