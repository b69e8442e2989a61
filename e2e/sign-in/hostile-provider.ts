import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { type LocalServer, listen } from "./listen.ts";

/** What the provider does this time; a test changes one thing. */
export interface Behaviour {
	/** What its discovery document says otherwise. */
	metadata: Record<string, unknown>;
	/** What its ID token says otherwise. */
	claims: Record<string, unknown>;
	/** Makes the ID token out of its claims. */
	sign(claims: JWTPayload): Promise<string>;
	/** Of the token endpoint. */
	tokenStatus: number;
}

/** An OpenID provider that does whatever it is told. Codes mean nothing to it. */
export async function startHostileProvider(): Promise<
	LocalServer & { behaviour: Behaviour; honest: Behaviour; publicKey: CryptoKey }
> {
	const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
	const jwk = { ...(await exportJWK(publicKey)), kid: "only", alg: "RS256", use: "sig" };
	const honest: Behaviour = {
		metadata: {},
		claims: {},
		sign: (claims) =>
			new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "only" }).sign(privateKey),
		tokenStatus: 200,
	};
	const state = { behaviour: honest, honest, publicKey };
	const server: LocalServer = await listen(async (request, response) => {
		const { metadata, claims, sign, tokenStatus } = state.behaviour;
		const json = (body: unknown, status = 200) =>
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
		switch (request.url) {
			case "/.well-known/openid-configuration":
				return json({
					issuer: server.url,
					authorization_endpoint: `${server.url}/authorize`,
					token_endpoint: `${server.url}/token`,
					jwks_uri: `${server.url}/jwks`,
					...metadata,
				});
			case "/jwks":
				return json({ keys: [jwk] });
			case "/token": {
				const now = Math.floor(Date.now() / 1000);
				const token = await sign({
					iss: server.url,
					aud: "earshot",
					sub: "subject",
					iat: now,
					exp: now + 60,
					email: "victim@example.com",
					email_verified: true,
					...claims,
				});
				return json({ access_token: "at", token_type: "Bearer", id_token: token }, tokenStatus);
			}
			default:
				return json({}, 404);
		}
	});
	return Object.assign(state, server);
}
