import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import type { SigningKeys } from "../signing-keys.ts";

/** Long enough to find a password and a second factor; then one begins again. */
export const SIGN_IN_SECONDS = 10 * 60;

/** Such a token opens nothing but the callback, and no other token passes for one. */
const AUDIENCE = "earshot-sign-in";
const TYPE = "earshot-sign-in+jwt";

/**
 * What must be known again when a browser comes back from the provider. The browser itself keeps it,
 * in a cookie: so a sign-in that nobody completes leaves nothing here, and one that was begun in
 * another browser cannot be completed in this one.
 */
const signInState = z.object({
	provider: z.string(),
	/** Comes back in the query (RFC 6749, section 10.12). */
	state: z.string(),
	/** Comes back in the ID token. */
	nonce: z.string(),
	/** The PKCE verifier (RFC 7636). */
	verifier: z.string(),
	/** The path of Earshot's own that the browser goes to in the end. */
	returnTo: z.string(),
});
export type SignInState = z.infer<typeof signInState>;

/** Signed, not encrypted: whose browser it is may know all this. */
export function sealSignInState(
	{ current }: SigningKeys,
	issuer: string,
	state: SignInState,
	now: Date,
): Promise<string> {
	const issuedAt = Math.floor(now.getTime() / 1000);
	return new SignJWT(state)
		.setProtectedHeader({ alg: "ES256", kid: current.kid, typ: TYPE })
		.setIssuer(issuer)
		.setAudience(AUDIENCE)
		.setExpirationTime(issuedAt + SIGN_IN_SECONDS)
		.sign(current.key);
}

/** Null unless it was sealed here, within the time. */
export async function openSignInState(
	{ jwks }: SigningKeys,
	issuer: string,
	token: string,
	now: Date,
): Promise<SignInState | null> {
	try {
		const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
			algorithms: ["ES256"],
			typ: TYPE,
			issuer,
			audience: AUDIENCE,
			requiredClaims: ["exp"],
			currentDate: now,
		});
		return signInState.parse(payload);
	} catch {
		return null;
	}
}
