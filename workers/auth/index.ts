import { WorkerEntrypoint } from "cloudflare:workers";
import type { JSONWebKeySet } from "jose";
import type { AccountDocument, Registration } from "#contracts/account.ts";
import type { UserId } from "#contracts/ids.ts";
import { connect } from "#db/connect.ts";
import { withdrawEmailToken } from "#db/queries/email-tokens.ts";
import { findUser, ping, renameUser } from "#db/queries/users.ts";
import { accountDocument } from "./account-document.ts";
import { mailSender } from "./account-mail.ts";
import { type ChangePasswordResult, changePassword } from "./change-password.ts";
import { confirmEmailChange } from "./confirm-email-change.ts";
import { type ConfirmPasswordResetResult, confirmPasswordReset } from "./confirm-password-reset.ts";
import { type ConfirmResult, confirmVerification } from "./confirm-verification.ts";
import { type DeleteAccountResult, deleteAccount } from "./delete-account.ts";
import { hashEmailToken } from "./email-token.ts";
import { type EmailToken, type EmailTokenRequest, issueEmailToken } from "./issue-email-token.ts";
import { type LoginResult, login } from "./login.ts";
import { type RegisterResult, register } from "./register.ts";
import { type RequestEmailChangeResult, requestEmailChange } from "./request-email-change.ts";
import { requestPasswordReset } from "./request-password-reset.ts";
import { type RequestVerificationResult, requestVerification } from "./request-verification.ts";
import { signingKeys } from "./signing-keys.ts";

/**
 * Users, passwords and tokens, as typed RPC for the gateway. It has no route: nobody else can
 * reach it. Expected failures are values; what throws is a fault.
 */
export default class Auth extends WorkerEntrypoint<AuthEnv> {
	readonly #db = connect(this.env.DB);
	readonly #mail = mailSender(this.env.MAIL_QUEUE);

	register(registration: Registration): Promise<RegisterResult> {
		return register(this.#db, this.#mail, registration, Date.now());
	}

	async login(email: string, password: string): Promise<LoginResult> {
		const { current } = await signingKeys(this.env.SIGNING_KEYS);
		const issuer = { issuer: this.env.TOKEN_ISSUER, key: current };
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

	/** Null when the account is gone. */
	async account(userId: UserId): Promise<AccountDocument | null> {
		const user = await findUser(this.#db, userId);
		return user && accountDocument(user);
	}

	/** Null when the account is gone. */
	async renameAccount(userId: UserId, name: string): Promise<AccountDocument | null> {
		const user = await renameUser(this.#db, userId, name);
		return user && accountDocument(user);
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
		return withdrawEmailToken(this.#db, hashEmailToken(token));
	}

	/** The public halves of the signing keys (RFC 7517), for whoever checks tokens. */
	async jwks(): Promise<JSONWebKeySet> {
		return (await signingKeys(this.env.SIGNING_KEYS)).jwks;
	}

	/** Throws unless auth can do its work: its keys are in order and D1 answers. */
	async ping(): Promise<void> {
		await signingKeys(this.env.SIGNING_KEYS);
		await ping(this.#db);
	}
}
