import {
	type AuthorizationServer,
	authorizationCodeGrantRequest,
	type Client,
	type ClientAuth,
	ClientSecretBasic,
	ClientSecretPost,
	None,
	validateAuthResponse,
} from "oauth4webapi";
import { authorizationServer } from "./authorization-server.ts";
import { githubIdentity } from "./github-identity.ts";
import type { Identity } from "./identity.ts";
import { oidcIdentity } from "./oidc-identity.ts";
import { providerRequest } from "./provider-request.ts";
import type { SignInProvider } from "./providers.ts";
import { redirectUri } from "./redirect-uri.ts";
import type { SignInState } from "./sign-in-state.ts";

/** Of the answer that the browser brought: it is not this browser's, or not this provider's. */
export class ForeignAnswer extends Error {
	override name = "ForeignAnswer";
}

/**
 * Asks the provider who has come back from it. Throws `ForeignAnswer` and `ProviderUnavailable`,
 * oauth4webapi's `AuthorizationResponseError` when the provider said no, and other errors when it
 * sent what cannot be trusted.
 */
export async function fetchIdentity(
	provider: SignInProvider,
	publicUrl: string,
	state: SignInState,
	answer: URLSearchParams,
	nowMs: number,
): Promise<Identity> {
	if (answer.get("state") !== state.state) throw new ForeignAnswer("another state");
	const server = await authorizationServer(provider, nowMs);
	const client: Client = { client_id: provider.clientId };
	const response = await authorizationCodeGrantRequest(
		server,
		client,
		clientAuthentication(server, provider),
		validateAuthResponse(server, client, answer, state.state),
		redirectUri(publicUrl, provider),
		state.verifier,
		providerRequest(provider),
	);
	return provider.kind === "oidc"
		? oidcIdentity(provider, server, client, response, state.nonce)
		: githubIdentity(provider, server, client, response);
}

/** Basic is what RFC 6749 wants; a few providers take only the other. */
function clientAuthentication(
	server: AuthorizationServer,
	{ kind, clientSecret }: SignInProvider,
): ClientAuth {
	if (clientSecret === undefined) return None();
	const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
	return kind === "oidc" && methods.includes("client_secret_basic")
		? ClientSecretBasic(clientSecret)
		: ClientSecretPost(clientSecret);
}
