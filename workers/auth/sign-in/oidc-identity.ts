import {
	type AuthorizationServer,
	type Client,
	getValidatedIdTokenClaims,
	processAuthorizationCodeResponse,
	processUserInfoResponse,
	userInfoRequest,
	validateApplicationLevelSignature,
} from "oauth4webapi";
import { type Identity, nameOf, verifiedAddress } from "./identity.ts";
import { providerRequest } from "./provider-request.ts";
import type { SignInProvider } from "./providers.ts";

/**
 * Who an ID token speaks of (OpenID Connect Core 1.0, section 3.1.3.7): issuer, audience, expiry,
 * nonce and signature are checked; the last is more than the standard asks for behind TLS.
 */
export async function oidcIdentity(
	provider: SignInProvider,
	server: AuthorizationServer,
	client: Client,
	response: Response,
	expectedNonce: string,
): Promise<Identity> {
	const tokens = await processAuthorizationCodeResponse(server, client, response, {
		expectedNonce,
		requireIdToken: true,
	});
	await validateApplicationLevelSignature(server, response, providerRequest(provider));
	const idToken = getValidatedIdTokenClaims(tokens);
	if (idToken === undefined) throw new Error("no ID token");
	let claims: Record<string, unknown> = idToken;
	// Providers may keep the address out of the ID token (section 5.4).
	if (claims["email"] === undefined && server.userinfo_endpoint !== undefined) {
		const options = providerRequest(provider);
		const answer = await userInfoRequest(server, client, tokens.access_token, options);
		claims = { ...claims, ...(await processUserInfoResponse(server, client, idToken.sub, answer)) };
	}
	const { email, name, preferred_username } = claims;
	// Apple and Cognito write the flag as a string.
	const isVerified = claims["email_verified"] === true || claims["email_verified"] === "true";
	return {
		provider: provider.id,
		subject: idToken.sub,
		name: nameOf(name, preferred_username, String(email ?? "").split("@")[0]),
		verifiedEmail: verifiedAddress(email, isVerified),
	};
}
