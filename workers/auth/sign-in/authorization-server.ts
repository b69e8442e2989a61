import { type AuthorizationServer, discoveryRequest, processDiscoveryResponse } from "oauth4webapi";
import { describeError } from "#contracts/log-line.ts";
import { ProviderUnavailable, providerRequest } from "./provider-request.ts";
import { isSafeUrl, type SignInProvider } from "./providers.ts";

/** A provider that moves its endpoints is followed within this time. */
const MAX_AGE_MS = 10 * 60 * 1000;

/** By issuer; oauth4webapi keeps a provider's keys with the same object, for five minutes. */
const cache = new Map<string, { server: AuthorizationServer; fetchedAtMs: number }>();

/**
 * Where a provider's endpoints are: for an OpenID provider as its discovery document says, which must
 * be of the issuer that it was asked for (OpenID Connect Discovery 1.0, section 4.3).
 */
export async function authorizationServer(
	provider: SignInProvider,
	nowMs: number,
): Promise<AuthorizationServer & { authorization_endpoint: string }> {
	const server = provider.kind === "oidc" ? await discover(provider, nowMs) : github(provider);
	const { authorization_endpoint } = server;
	if (authorization_endpoint === undefined || !isSafeUrl(authorization_endpoint)) {
		throw new ProviderUnavailable(`${server.issuer} has no safe authorization endpoint`);
	}
	return Object.assign(server, { authorization_endpoint });
}

async function discover(
	provider: SignInProvider & { kind: "oidc" },
	nowMs: number,
): Promise<AuthorizationServer> {
	const cached = cache.get(provider.issuer);
	if (cached !== undefined && nowMs - cached.fetchedAtMs < MAX_AGE_MS) return cached.server;
	const issuer = new URL(provider.issuer);
	const response = await discoveryRequest(issuer, providerRequest(provider));
	try {
		const server = await processDiscoveryResponse(issuer, response);
		cache.set(provider.issuer, { server, fetchedAtMs: nowMs });
		return server;
	} catch (error) {
		throw new ProviderUnavailable(`discovery of ${provider.issuer}: ${describeError(error)}`);
	}
}

/** https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
function github({ url }: SignInProvider & { kind: "github" }): AuthorizationServer {
	return {
		issuer: `${url}/login/oauth`,
		authorization_endpoint: `${url}/login/oauth/authorize`,
		token_endpoint: `${url}/login/oauth/access_token`,
	};
}
