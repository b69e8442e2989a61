import { SignJWT } from "jose";
import { ACCESS_TOKEN_AUDIENCE } from "#contracts/account.ts";
import type { User } from "#db/schema/users.ts";
import type { SigningKey } from "./signing-keys.ts";

const LIFETIME_SECONDS = 60 * 60;

export interface TokenIssuer {
	/** The `iss` claim: Earshot's public URL. */
	issuer: string;
	key: SigningKey;
}

export interface AccessToken {
	token: string;
	expiresAtMs: number;
}

/** A JWT (RFC 7519) signed with ES256, good for one hour. */
export async function issueAccessToken(
	{ issuer, key }: TokenIssuer,
	user: Pick<User, "id" | "email" | "name" | "emailVerifiedAtMs">,
	now: Date,
): Promise<AccessToken> {
	const issuedAt = Math.floor(now.getTime() / 1000);
	const expiresAt = issuedAt + LIFETIME_SECONDS;
	const token = await new SignJWT({
		email: user.email,
		email_verified: user.emailVerifiedAtMs !== null,
		name: user.name,
	})
		.setProtectedHeader({ alg: "ES256", kid: key.kid, typ: "JWT" })
		.setIssuer(issuer)
		.setAudience(ACCESS_TOKEN_AUDIENCE)
		.setSubject(user.id)
		.setIssuedAt(issuedAt)
		.setExpirationTime(expiresAt)
		.sign(key.key);
	return { token, expiresAtMs: expiresAt * 1000 };
}
