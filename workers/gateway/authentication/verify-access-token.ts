import { decodeProtectedHeader, jwtVerify } from "jose";
import {
	ACCESS_TOKEN_AUDIENCE,
	type AccessTokenClaims,
	accessTokenClaims,
} from "#contracts/account.ts";
import { describeError } from "#contracts/log-line.ts";
import { type KeySet, type KeySource, verificationKeys } from "./verification-keys.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

/** Clocks of auth and gateway may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Per isolate, by the keys that they were verified with: fresh keys begin with none. */
const verifiedBy = new WeakMap<KeySet, VerifiedTokens>();

export type Verification =
	| { ok: true; claims: AccessTokenClaims }
	/** `reason` is for the log; the client learns only that the token is not valid. */
	| { ok: false; code: "invalid_token" | "auth_unavailable"; reason: string };

/**
 * Checks an access token (RFC 7519, RFC 8725): ES256 and nothing else, a key of auth's, and the
 * issuer, audience and times we demand. A token's signature is checked once, as long as the keys are
 * the same and it has not expired.
 */
export async function verifyAccessToken(
	auth: KeySource,
	issuer: string,
	token: string,
	now: Date,
): Promise<Verification> {
	let kid: string;
	try {
		const header = decodeProtectedHeader(token);
		if (header.alg !== "ES256" || header.kid === undefined) {
			return { ok: false, code: "invalid_token", reason: "not signed with ES256 by a named key" };
		}
		kid = header.kid;
	} catch (error) {
		return { ok: false, code: "invalid_token", reason: describeError(error) };
	}
	let keys: KeySet;
	try {
		keys = await verificationKeys(auth, kid, now.getTime());
	} catch (error) {
		return { ok: false, code: "auth_unavailable", reason: describeError(error) };
	}
	const verified = verifiedBy.get(keys) ?? new VerifiedTokens();
	verifiedBy.set(keys, verified);
	const expiredSeconds = Math.floor(now.getTime() / 1000) - CLOCK_TOLERANCE_SECONDS;
	const known = verified.find(token, expiredSeconds);
	if (known !== null) return { ok: true, claims: known };
	try {
		const { payload } = await jwtVerify(token, keys, {
			algorithms: ["ES256"],
			issuer,
			audience: ACCESS_TOKEN_AUDIENCE,
			requiredClaims: ["exp", "iat", "sub"],
			clockTolerance: CLOCK_TOLERANCE_SECONDS,
			currentDate: now,
		});
		const claims = accessTokenClaims.parse(payload);
		verified.add(token, claims);
		return { ok: true, claims };
	} catch (error) {
		return { ok: false, code: "invalid_token", reason: describeError(error) };
	}
}
