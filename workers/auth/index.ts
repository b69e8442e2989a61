import { WorkerEntrypoint } from "cloudflare:workers";
import type { JSONWebKeySet } from "jose";
import type { Account, Registration } from "#contracts/account.ts";
import { connect } from "#db/connect.ts";
import { ping } from "#db/queries/users.ts";
import { mailSender } from "./account-mail.ts";
import { type LoginResult, login } from "./login.ts";
import { register } from "./register.ts";
import { signingKeys } from "./signing-keys.ts";

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

	/** Throws unless auth can do its work: its keys are in order and D1 answers. */
	async ping(): Promise<void> {
		await signingKeys(this.env.SIGNING_KEYS);
		await ping(connect(this.env.DB));
	}
}
