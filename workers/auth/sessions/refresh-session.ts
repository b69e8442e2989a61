import { SESSION_KEPT_MS } from "#contracts/limits.ts";
import type { Db } from "#db/connect.ts";
import { exchangeToken } from "#db/queries/refresh-token.ts";
import { revokeSession } from "#db/queries/sessions.ts";
import { type AccessToken, issueAccessToken, type TokenIssuer } from "../access-token.ts";
import { REFRESH_GRACE_MS } from "../limits.ts";
import { log } from "../log.ts";
import { hashSecretToken, newSecretToken } from "../secret-token.ts";

export type RefreshResult =
	/** Null: the browser has the next token already, or will in a moment. */
	| ({ ok: true; refreshToken: string | null } & AccessToken)
	| { ok: false; code: "invalid_session" };

/**
 * Exchanges a refresh token for an access token and the next refresh token (RFC 9700, 4.14.2).
 *
 * Each is good once. A used one that comes again was stolen, from the browser or by whoever used it
 * first: it cannot be told which, so the session ends for both. The exception is for two tabs of one
 * browser that refresh at the same moment, with the same cookie. For ten seconds after its use a token
 * still gets an access token, as long as nobody has used the next one. It gets no refresh token: the
 * answer to the other tab brings that, to the cookie that both share, and a thief who is as fast as
 * that has 15 minutes and no session.
 */
export async function refreshSession(
	db: Db,
	issuer: TokenIssuer,
	refreshToken: string,
	now: Date,
): Promise<RefreshResult> {
	const nowMs = now.getTime();
	const next = newSecretToken();
	const exchange = await exchangeToken(db, hashSecretToken(refreshToken), hashSecretToken(next), {
		nowMs,
		keptMs: SESSION_KEPT_MS,
	});
	if (exchange.state === "unknown" || exchange.state === "ended") {
		return { ok: false, code: "invalid_session" };
	}
	const { sessionId, user } = exchange;
	const isTwin = exchange.state === "repeated" && nowMs - exchange.usedAtMs <= REFRESH_GRACE_MS;
	if (exchange.state === "rotated" || isTwin) {
		const accessToken = await issueAccessToken(issuer, user, now, sessionId);
		return { ok: true, ...accessToken, refreshToken: isTwin ? null : next };
	}
	await revokeSession(db, user.id, sessionId);
	log("warn", "refresh_token_reused", { sessionId, userId: user.id });
	return { ok: false, code: "invalid_session" };
}
