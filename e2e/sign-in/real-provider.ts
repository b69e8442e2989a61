import { randomBytes } from "node:crypto";
import Provider from "oidc-provider";
import { type LocalServer, listen } from "./listen.ts";

export const CLIENT = { id: "earshot", secret: randomBytes(32).toString("hex") };

/**
 * A real OpenID provider. Who signs in there types an address for a login, any password, and has that
 * address; it is verified unless it begins with "unverified".
 *
 * @param claimsInIdToken whether the address is in the ID token, or only where it has to be asked for.
 */
export async function startRealProvider(
	redirectUri: string,
	{ claimsInIdToken }: { claimsInIdToken: boolean },
): Promise<LocalServer> {
	let answer: ReturnType<Provider["callback"]> | undefined;
	const server = await listen((request, response) => answer?.(request, response));
	const provider = new Provider(server.url, {
		clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
		conformIdTokenClaims: !claimsInIdToken,
		claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
		pkce: { required: () => true },
		cookies: { keys: [randomBytes(32).toString("hex")] },
		findAccount: (_context: unknown, login: string) => ({
			accountId: login,
			claims: () => ({
				sub: login,
				email: login,
				email_verified: !login.startsWith("unverified"),
				name: "Ada of the provider",
			}),
		}),
	});
	answer = provider.callback();
	return server;
}
