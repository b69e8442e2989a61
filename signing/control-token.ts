import { jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { type ConversionId, conversionId } from "#contracts/ids.ts";

/*
 * The key to one attempt's control URL: an HS256 JWT that the gateway signs and checks by itself.
 * It opens nothing else, and auth's tokens do not open this. To notify it is the proof that a dead
 * letter was a message of ours.
 */

const AUDIENCE = "earshot-control";

const claims = z.object({ sub: conversionId, attempt: z.int().positive() });

const key = (controlKey: string) => new TextEncoder().encode(controlKey);

/** @param controlKey the secret CONTROL_KEY, at least 32 random bytes. */
export async function issueControlToken(
	controlKey: string,
	row: { id: ConversionId; attempt: number },
	lifetimeSeconds: number,
	now: Date,
): Promise<string> {
	return new SignJWT({ attempt: row.attempt })
		.setProtectedHeader({ alg: "HS256" })
		.setAudience(AUDIENCE)
		.setSubject(row.id)
		.setExpirationTime(Math.floor(now.getTime() / 1000) + lifetimeSeconds)
		.sign(key(controlKey));
}

/**
 * The attempt that a token speaks for. Null when it is not a valid control token.
 * @param graceSeconds for which it is still good after it has expired.
 */
export async function verifyControlToken(
	controlKey: string,
	token: string,
	now: Date,
	graceSeconds: number,
): Promise<{ id: ConversionId; attempt: number } | null> {
	try {
		const { payload } = await jwtVerify(token, key(controlKey), {
			algorithms: ["HS256"],
			audience: AUDIENCE,
			requiredClaims: ["exp", "sub"],
			currentDate: now,
			clockTolerance: graceSeconds,
		});
		const { sub, attempt } = claims.parse(payload);
		return { id: sub, attempt };
	} catch {
		return null;
	}
}
