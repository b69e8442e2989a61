import { WorkerEntrypoint } from "cloudflare:workers";
import type { JSONWebKeySet } from "jose";
import type { Account, Registration } from "#contracts/account.ts";
import { connect } from "#db/connect.ts";
import { ping } from "#db/queries/users.ts";
import { mailSender } from "./account-mail.ts";
import { type LoginResult, login } from "./login.ts";
import { register } from "./register.ts";
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
 * Users, passwords and tokens, as typed RPC for the gateway. It has no route: nobody else can
 * reach it. Expected failures are values; what throws is a fault.
 */
export default class Auth extends WorkerEntrypoint<AuthEnv> {
	register(registration: Registration): Promise<Account> {
		const mail = mailSender(this.env.MAIL_QUEUE);
		return register(connect(this.env.DB), mail, registration, Date.now());
	}

	async login(email: string, password: string): Promise<LoginResult> {
		const { current } = await signingKeys(this.env.SIGNING_KEYS);
		const issuer = { issuer: this.env.TOKEN_ISSUER, key: current };
		return login(connect(this.env.DB), issuer, { email, password }, new Date());
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
		return completeSignIn(connect(this.env.DB), provider, await this.#signer(), answer, new Date());
	}

	/** Throws unless auth can do its work: its configuration is in order and D1 answers. */
	async ping(): Promise<void> {
		await signingKeys(this.env.SIGNING_KEYS);
		this.#providers();
		await ping(connect(this.env.DB));
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
