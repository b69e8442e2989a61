import { AuthorizationResponseError } from "oauth4webapi";
import { describeError } from "#contracts/log-line.ts";
import type { Db } from "#db/connect.ts";
import { openSession } from "../sessions/open-session.ts";
import type { SigningKeys } from "../signing-keys.ts";
import { ForeignAnswer, fetchIdentity } from "./fetch-identity.ts";
import { identifiedUser } from "./identified-user.ts";
import type { Identity } from "./identity.ts";
import { ProviderUnavailable } from "./provider-request.ts";
import type { SignInProvider } from "./providers.ts";
import { openSignInState } from "./sign-in-state.ts";

/** Why a sign-in did not work, as far as it helps whoever tries. */
export type SignInFailure =
	/** It was not begun in this browser, or too long ago. */
	| "not_begun_here"
	/** The provider said no. */
	| "refused"
	/** What the provider sent does not hold. */
	| "not_trusted"
	| "no_verified_address"
	| "account_deleted";

export type CompletedSignIn =
	/** `refreshToken` is that of the session that has begun: for the cookie. */
	| { ok: true; returnTo: string; refreshToken: string }
	/** `reason` is for the log. */
	| { ok: false; code: "sign_in_failed"; cause: SignInFailure; reason: string }
	| { ok: false; code: "not_found" | "sign_in_unavailable"; reason: string };

/** What a browser brings back from the provider. */
export interface SignInAnswer {
	/** The callback's query. */
	query: string;
	/** From the cookie; null when there is none. */
	stateToken: string | null;
	userAgent: string;
}

export async function completeSignIn(
	db: Db,
	provider: SignInProvider,
	{ issuer, keys }: { issuer: string; keys: SigningKeys },
	{ query, stateToken, userAgent }: SignInAnswer,
	now: Date,
): Promise<CompletedSignIn> {
	const state = stateToken === null ? null : await openSignInState(keys, issuer, stateToken, now);
	if (state === null || state.provider !== provider.id) {
		return failed("not_begun_here", "no state of this provider, or not any more");
	}
	let identity: Identity;
	try {
		const answer = new URLSearchParams(query);
		identity = await fetchIdentity(provider, issuer, state, answer, now.getTime());
	} catch (error) {
		const reason = describeError(error);
		if (error instanceof ProviderUnavailable) {
			return { ok: false, code: "sign_in_unavailable", reason };
		}
		if (error instanceof ForeignAnswer) return failed("not_begun_here", reason);
		if (error instanceof AuthorizationResponseError) return failed("refused", error.error);
		return failed("not_trusted", reason);
	}
	const identified = await identifiedUser(db, identity, now.getTime());
	if (!identified.ok) return failed(identified.cause, identified.cause);
	const { refreshToken } = await openSession(db, identified.user, userAgent, now);
	return { ok: true, returnTo: state.returnTo, refreshToken };
}

const failed = (cause: SignInFailure, reason: string): CompletedSignIn => ({
	ok: false,
	code: "sign_in_failed",
	cause,
	reason,
});
