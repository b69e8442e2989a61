import {
	type AuthorizationServer,
	type Client,
	processAuthorizationCodeResponse,
	protectedResourceRequest,
} from "oauth4webapi";
import * as z from "zod";
import { type Identity, nameOf, verifiedAddress } from "./identity.ts";
import { providerRequest } from "./provider-request.ts";
import type { SignInProvider } from "./providers.ts";

const githubUser = z.object({ id: z.int(), login: z.string(), name: z.string().nullish() });
const githubEmails = z.array(
	z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** GitHub has no ID tokens: its API says who an access token speaks for. */
export async function githubIdentity(
	provider: SignInProvider & { kind: "github" },
	server: AuthorizationServer,
	client: Client,
	response: Response,
): Promise<Identity> {
	const tokens = await processAuthorizationCodeResponse(server, client, response);
	const ask = async (path: string) => {
		const headers = new Headers({
			accept: "application/vnd.github+json",
			"x-github-api-version": "2022-11-28",
		});
		const url = new URL(`${provider.apiUrl}${path}`);
		const options = providerRequest(provider);
		const answer = await protectedResourceRequest(
			tokens.access_token,
			"GET",
			url,
			headers,
			null,
			options,
		);
		if (answer.status !== 200) throw new Error(`GitHub's ${path} answered ${answer.status}`);
		return answer.json();
	};
	const { id, login, name } = githubUser.parse(await ask("/user"));
	const primary = githubEmails.parse(await ask("/user/emails")).find((email) => email.primary);
	return {
		provider: provider.id,
		subject: String(id),
		name: nameOf(name, login),
		verifiedEmail: verifiedAddress(primary?.email, primary?.verified === true),
	};
}
