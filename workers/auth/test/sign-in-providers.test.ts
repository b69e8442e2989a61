import { expect, test } from "vitest";
import { signInProviders } from "../sign-in/providers.ts";

const google = {
	id: "google",
	name: "Google",
	kind: "oidc",
	issuer: "https://accounts.google.com",
	clientId: "client",
};
const github = { id: "github", name: "GitHub", kind: "github", clientId: "client" };

test("secrets are put beside their providers; who has none is a public client", () => {
	expect(signInProviders([google, github], '{"google":"secret"}')).toEqual([
		{ ...google, clientSecret: "secret" },
		{
			...github,
			url: "https://github.com",
			apiUrl: "https://api.github.com",
			clientSecret: undefined,
		},
	]);
	expect(signInProviders([], undefined)).toEqual([]);
});

test.each(["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"])(
	"a provider on one's own machine needs no TLS: %s",
	(issuer) => {
		expect(signInProviders([{ ...google, issuer }], undefined)).toHaveLength(1);
	},
);

test.each<[string, unknown]>([
	["no list", google],
	["another kind", [{ ...google, kind: "saml" }]],
	["a misspelt field", [{ ...google, clientID: "client" }]],
	["an id that is no part of a URL", [{ ...google, id: "../google" }]],
	["an id twice", [google, google]],
	["an issuer without TLS", [{ ...google, issuer: "http://accounts.google.com" }]],
	["an issuer that looks local", [{ ...google, issuer: "http://localhost.evil.example" }]],
	["a GitHub without TLS", [{ ...github, apiUrl: "http://api.github.com" }]],
	["no URL", [{ ...google, issuer: "accounts.google.com" }]],
])("%s is refused as configuration", (_, list) => {
	expect(() => signInProviders(list, undefined)).toThrow();
});
