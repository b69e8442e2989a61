import {
	calculatePKCECodeChallenge,
	generateRandomCodeVerifier,
	generateRandomNonce,
	generateRandomState,
} from "oauth4webapi";
import { describeError } from "#contracts/log-line.ts";
import type { SigningKeys } from "../signing-keys.ts";
import { authorizationServer } from "./authorization-server.ts";
import { ProviderUnavailable } from "./provider-request.ts";
import type { SignInProvider } from "./providers.ts";
import { redirectUri } from "./redirect-uri.ts";
import { sealSignInState } from "./sign-in-state.ts";

export type BegunSignIn =
	/** Where the browser goes, and what it keeps meanwhile. */
	| { ok: true; location: string; stateToken: string }
	/** `reason` is for the log. */
	| { ok: false; code: "not_found" | "sign_in_unavailable"; reason: string };

const SCOPE = { oidc: "openid email profile", github: "user:email" };

/** Sends a browser to a provider: authorization code with PKCE (RFC 6749, 7636, 9700). */
export async function beginSignIn(
	provider: SignInProvider,
	{ issuer, keys }: { issuer: string; keys: SigningKeys },
	returnTo: string,
	now: Date,
): Promise<BegunSignIn> {
	let location: URL;
	try {
		const { authorization_endpoint } = await authorizationServer(provider, now.getTime());
		location = new URL(authorization_endpoint);
	} catch (error) {
		if (!(error instanceof ProviderUnavailable)) throw error;
		return { ok: false, code: "sign_in_unavailable", reason: describeError(error) };
	}
	const verifier = generateRandomCodeVerifier();
	const state = generateRandomState();
	const nonce = generateRandomNonce();
	const parameters = {
		client_id: provider.clientId,
		redirect_uri: redirectUri(issuer, provider),
		response_type: "code",
		scope: SCOPE[provider.kind],
		state,
		code_challenge: await calculatePKCECodeChallenge(verifier),
		code_challenge_method: "S256",
		...(provider.kind === "oidc" && { nonce }),
	};
	for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
	const kept = { provider: provider.id, state, nonce, verifier, returnTo };
	const stateToken = await sealSignInState(keys, issuer, kept, now);
	return { ok: true, location: location.href, stateToken };
}
