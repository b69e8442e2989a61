import { WorkerEntrypoint } from "cloudflare:workers";
import type { JSONWebKeySet } from "jose";
import type { AccountChange, Registration } from "#contracts/account.ts";
import type { ApiKeyClaims, ApiKeyDocument, ApiKeyWish } from "#contracts/api-key.ts";
import type { ApiKeyId, SessionId, UserId } from "#contracts/ids.ts";
import type { SessionDocument } from "#contracts/session.ts";
import { connect } from "#db/connect.ts";
import { deleteApiKey } from "#db/queries/api-keys.ts";
import { withdrawEmailToken } from "#db/queries/email-tokens.ts";
import {
	forgetSessions,
	revokeSession,
	revokeSessionOf,
	revokeSessions,
} from "#db/queries/sessions.ts";
import { findUser, ping } from "#db/queries/users.ts";
import type { TokenIssuer } from "./access-token.ts";
import { type AccountResult, accountResult } from "./account-document.ts";
import { mailSender } from "./account-mail.ts";
import { changeAccount } from "./change-account.ts";
import { type ChangePasswordResult, changePassword } from "./change-password.ts";
import { confirmEmailChange } from "./confirm-email-change.ts";
import { type ConfirmPasswordResetResult, confirmPasswordReset } from "./confirm-password-reset.ts";
import { type ConfirmResult, confirmVerification } from "./confirm-verification.ts";
import { type DeleteAccountResult, deleteAccount } from "./delete-account.ts";
import { type EmailToken, type EmailTokenRequest, issueEmailToken } from "./issue-email-token.ts";
import { type CreatedApiKey, createApiKey } from "./keys/create-api-key.ts";
import { listApiKeys } from "./keys/list-api-keys.ts";
import { verifyApiKey } from "./keys/verify-api-key.ts";
import { type LoginResult, login } from "./login.ts";
import { type RegisterResult, register } from "./register.ts";
import { type RequestEmailChangeResult, requestEmailChange } from "./request-email-change.ts";
import { requestPasswordReset } from "./request-password-reset.ts";
import { type RequestVerificationResult, requestVerification } from "./request-verification.ts";
import { hashSecretToken } from "./secret-token.ts";
import { listSessions } from "./sessions/list-sessions.ts";
import { type RefreshResult, refreshSession } from "./sessions/refresh-session.ts";
import { type StartedSession, startSession } from "./sessions/start-session.ts";
import { type BegunSignIn, beginSignIn } from "./sign-in/begin-sign-in.ts";
import {
	type CompletedSignIn,
	completeSignIn,
	type SignInAnswer,
} from "./sign-in/complete-sign-in.ts";
import { type SignInProvider, signInProviders } from "./sign-in/providers.ts";
import { signingKeys } from "./signing-keys.ts";

const NO_PROVIDER = { ok: false, code: "not_found", reason: "no such provider" } as const;

/**
 * Users, passwords, sessions, tokens and API keys, as typed RPC for the gateway. It has no route:
 * nobody else can reach it. Expected failures are values; what throws is a fault.
 */
export default class Auth extends WorkerEntrypoint<AuthEnv> {
	readonly #db = connect(this.env.DB);
	readonly #mail = mailSender(this.env.MAIL_QUEUE);

	register(registration: Registration): Promise<RegisterResult> {
		return register(this.#db, this.#mail, registration, Date.now());
	}

	async login(email: string, password: string): Promise<LoginResult> {
		const issuer = await this.#issuer();
		return login(this.#db, issuer, { email, password }, new Date());
	}

	requestVerification(userId: UserId): Promise<RequestVerificationResult> {
		return requestVerification(this.#db, this.#mail, userId, Date.now());
	}

	confirmVerification(token: string): Promise<ConfirmResult> {
		return confirmVerification(this.#db, token, Date.now());
	}

	requestPasswordReset(email: string): Promise<void> {
		return requestPasswordReset(this.#db, this.#mail, email, Date.now());
	}

	confirmPasswordReset(reset: {
		token: string;
		password: string;
	}): Promise<ConfirmPasswordResetResult> {
		return confirmPasswordReset(this.#db, this.#mail, reset, Date.now());
	}

	async account(userId: UserId): Promise<AccountResult> {
		return accountResult(this.#db, await findUser(this.#db, userId));
	}

	changeAccount(userId: UserId, change: AccountChange): Promise<AccountResult> {
		return changeAccount(this.#db, userId, change, Date.now());
	}

	changePassword(change: {
		userId: UserId;
		currentPassword: string;
		newPassword: string;
	}): Promise<ChangePasswordResult> {
		return changePassword(this.#db, this.#mail, change);
	}

	requestEmailChange(change: {
		userId: UserId;
		username: string;
		password: string;
	}): Promise<RequestEmailChangeResult> {
		return requestEmailChange(this.#db, this.#mail, change, Date.now());
	}

	confirmEmailChange(token: string): Promise<ConfirmResult> {
		return confirmEmailChange(this.#db, this.#mail, token, Date.now());
	}

	deleteAccount(deletion: { userId: UserId; password: string }): Promise<DeleteAccountResult> {
		return deleteAccount(this.#db, deletion, Date.now());
	}

	/** For notify, when it sends a mail with a link. */
	issueEmailToken(request: EmailTokenRequest): Promise<EmailToken | null> {
		return issueEmailToken(this.#db, this.#mail, request, Date.now());
	}

	/** For notify, when that mail could not be sent: it does not count. */
	withdrawEmailToken(token: string): Promise<void> {
		return withdrawEmailToken(this.#db, hashSecretToken(token));
	}

	/** Begins a session, for a browser: a short access token, and a refresh token for its cookie. */
	async startSession(email: string, password: string, userAgent: string): Promise<StartedSession> {
		const issuer = await this.#issuer();
		return startSession(this.#db, issuer, { email, password }, userAgent, new Date());
	}

	async refreshSession(refreshToken: string): Promise<RefreshResult> {
		return refreshSession(this.#db, await this.#issuer(), refreshToken, new Date());
	}

	/** Ends the session that a refresh token belongs to. */
	closeSession(refreshToken: string): Promise<void> {
		return revokeSessionOf(this.#db, hashSecretToken(refreshToken));
	}

	listSessions(userId: UserId, current?: SessionId): Promise<SessionDocument[]> {
		return listSessions(this.#db, userId, current, Date.now());
	}

	/** False: the user has no such session. Its access tokens work until they expire. */
	revokeSession(userId: UserId, id: SessionId): Promise<boolean> {
		return revokeSession(this.#db, userId, id);
	}

	/** Logs a user out everywhere. Access tokens work until they expire. */
	revokeSessions(userId: UserId): Promise<void> {
		return revokeSessions(this.#db, userId);
	}

	/** For the watchdog: forgets sessions that had ended by themselves at this time. */
	sweepSessions(nowMs: number): Promise<void> {
		return forgetSessions(this.#db, nowMs);
	}

	createApiKey(userId: UserId, wish: ApiKeyWish): Promise<CreatedApiKey> {
		return createApiKey(this.#db, userId, wish, Date.now());
	}

	listApiKeys(userId: UserId): Promise<ApiKeyDocument[]> {
		return listApiKeys(this.#db, userId);
	}

	/** False: the user has no such key. */
	deleteApiKey(userId: UserId, id: ApiKeyId): Promise<boolean> {
		return deleteApiKey(this.#db, userId, id);
	}

	/** Whose the key with this hash (contracts/api-key-text.ts) is. Null: it opens nothing. */
	verifyApiKey(keyHash: string): Promise<ApiKeyClaims | null> {
		return verifyApiKey(this.#db, keyHash, Date.now());
	}

	/** The public halves of the signing keys (RFC 7517), for whoever checks tokens. */
	async jwks(): Promise<JSONWebKeySet> {
		return (await signingKeys(this.env.SIGNING_KEYS)).jwks;
	}

	/** Where people may sign in with an account of another site. */
	async signInProviders(): Promise<{ id: string; name: string }[]> {
		return this.#providers().map(({ id, name }) => ({ id, name }));
	}

	/** @param returnTo the path of the gateway's that the browser goes to in the end. */
	async beginSignIn(providerId: string, returnTo: string): Promise<BegunSignIn> {
		const provider = this.#providers().find(({ id }) => id === providerId);
		if (provider === undefined) return NO_PROVIDER;
		return beginSignIn(provider, await this.#signer(), returnTo, new Date());
	}

	async completeSignIn(providerId: string, answer: SignInAnswer): Promise<CompletedSignIn> {
		const provider = this.#providers().find(({ id }) => id === providerId);
		if (provider === undefined) return NO_PROVIDER;
		return completeSignIn(this.#db, provider, await this.#signer(), answer, new Date());
	}

	/** Throws unless auth can do its work: its configuration is in order and D1 answers. */
	async ping(): Promise<void> {
		await signingKeys(this.env.SIGNING_KEYS);
		this.#providers();
		await ping(this.#db);
	}

	async #issuer(): Promise<TokenIssuer> {
		const { issuer, keys } = await this.#signer();
		return { issuer, key: keys.current };
	}

	#providers(): SignInProvider[] {
		return signInProviders(this.env.SIGN_IN_PROVIDERS, this.env.SIGN_IN_SECRETS);
	}

	async #signer() {
		return {
			issuer: this.env.TOKEN_ISSUER,
			keys: await signingKeys(this.env.SIGNING_KEYS),
		};
	}
}
