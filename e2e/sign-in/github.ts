import { createHash, randomUUID } from "node:crypto";
import { type LocalServer, listen } from "./listen.ts";

export const GITHUB_CLIENT = { id: "Iv1.earshot", secret: "github-secret" };

export interface GitHubAccount {
	id: number;
	login: string;
	name: string | null;
	emails: { email: string; primary: boolean; verified: boolean; visibility: string | null }[];
}

/** GitHub as an OAuth app meets it: its sign-in, and the API's `/user` and `/user/emails`. */
export async function startGitHub(): Promise<LocalServer & { account: GitHubAccount }> {
	const codes = new Map<string, { challenge: string | null; redirectUri: string | null }>();
	const tokens = new Set<string>();
	const github = { account: { id: 1, login: "ada", name: "Ada", emails: [] } as GitHubAccount };
	const server = await listen(async (request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? "", "http://github.test");
		const json = (body: unknown, status = 200) =>
			response
				.writeHead(status, { "content-type": "application/json; charset=utf-8" })
				.end(JSON.stringify(body));
		const bearer = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
		switch (pathname) {
			case "/login/oauth/authorize": {
				const code = randomUUID();
				const redirectUri = searchParams.get("redirect_uri");
				codes.set(code, { challenge: searchParams.get("code_challenge"), redirectUri });
				const back = new URL(redirectUri ?? "");
				back.searchParams.set("code", code);
				back.searchParams.set("state", searchParams.get("state") ?? "");
				response.writeHead(302, { location: back.href }).end();
				return;
			}
			case "/login/oauth/access_token": {
				const body = new URLSearchParams(await textOf(request));
				const code = codes.get(body.get("code") ?? "");
				codes.delete(body.get("code") ?? "");
				const challenge = createHash("sha256").update(body.get("code_verifier") ?? "");
				// GitHub answers refusals with 200.
				if (body.get("client_secret") !== GITHUB_CLIENT.secret) {
					return json({ error: "incorrect_client_credentials" });
				}
				if (
					code === undefined ||
					code.challenge !== challenge.digest("base64url") ||
					code.redirectUri !== body.get("redirect_uri")
				) {
					return json({ error: "bad_verification_code" });
				}
				const token = `gho_${randomUUID()}`;
				tokens.add(token);
				return json({ access_token: token, scope: "user:email", token_type: "bearer" });
			}
			case "/user":
			case "/user/emails": {
				// GitHub wants to know who asks.
				if (!request.headers["user-agent"]) return json({ message: "Forbidden" }, 403);
				if (!tokens.has(bearer)) return json({ message: "Bad credentials" }, 401);
				const { emails, ...user } = github.account;
				return json(pathname === "/user" ? user : emails);
			}
			default:
				return json({ message: "Not Found" }, 404);
		}
	});
	return Object.assign(github, server);
}

async function textOf(request: AsyncIterable<Buffer>): Promise<string> {
	let text = "";
	for await (const chunk of request) text += chunk.toString();
	return text;
}
