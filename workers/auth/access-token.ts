import { SignJWT } from "jose";
import { ACCESS_TOKEN_AUDIENCE } from "#contracts/account.ts";
import type { SessionId } from "#contracts/ids.ts";
import type { User } from "#db/schema/users.ts";
import { LOGIN_TOKEN_SECONDS, SESSION_TOKEN_SECONDS } from "./limits.ts";
import type { SigningKey } from "./signing-keys.ts";

export interface TokenIssuer {
	/** The `iss` claim: Earshot's public URL. */
	issuer: string;
	key: SigningKey;
}

export interface AccessToken {
	token: string;
	expiresAtMs: number;
}

/**
 * A JWT (RFC 7519) signed with ES256: good for an hour, or in a session, which can get another, for
 * 15 minutes. Nothing ends it before: whoever checks it asks nobody.
 */
export async function issueAccessToken(
	{ issuer, key }: TokenIssuer,
	user: Pick<User, "id" | "email" | "name" | "emailVerifiedAtMs">,
	now: Date,
	sessionId?: SessionId,
): Promise<AccessToken> {
	const issuedAt = Math.floor(now.getTime() / 1000);
	const expiresAt = issuedAt + (sessionId ? SESSION_TOKEN_SECONDS : LOGIN_TOKEN_SECONDS);
	const token = await new SignJWT({
		email: user.email,
		email_verified: user.emailVerifiedAtMs !== null,
		name: user.name,
		...(sessionId && { sid: sessionId }),
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
