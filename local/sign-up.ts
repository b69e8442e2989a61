import { confirmAddress, login, type NewAccount, register } from "./client.ts";
import { awaitLinkToken } from "./mailbox.ts";

/** A mail that has not come by then will not come. */
const MAIL_TIMEOUT_MS = 30_000;

/**
 * Opens an account as people do: registers, opens the mail, confirms the address, logs in. Returns
 * the access token.
 */
export async function signUp(
	publicUrl: string,
	account: NewAccount,
	signal?: AbortSignal,
): Promise<string> {
	const { username, password } = account;
	await register(publicUrl, account);
	const patience = AbortSignal.timeout(MAIL_TIMEOUT_MS);
	const signals = signal === undefined ? [patience] : [patience, signal];
	const link = await awaitLinkToken(publicUrl, username, "verify", AbortSignal.any(signals));
	await confirmAddress(publicUrl, link);
	return login(publicUrl, username, password);
}
