import * as z from "zod";

/*
 * Where people may sign in with an account of another site: the var `SIGN_IN_PROVIDERS` and, apart
 * from it, the secret `SIGN_IN_SECRETS`.
 */

/** Loopback is for a provider on one's own machine: what goes there cannot be listened to. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export const isLoopback = (url: string): boolean => LOOPBACK.has(new URL(url).hostname);

export const isSafeUrl = (url: string): boolean => {
	const parsed = URL.parse(url);
	return parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(url));
};

const safeUrl = z.url().refine(isSafeUrl, "must be https");

const common = {
	/** Part of the URL, of the redirect URI, and of the rows in `identities`: never to be changed. */
	id: z.string().regex(/^[a-z0-9-]{1,32}$/),
	/** As people know it. */
	name: z.string().min(1),
	clientId: z.string().min(1),
};

const provider = z.discriminatedUnion("kind", [
	/** Any OpenID provider: the rest stands in its discovery document. */
	z.strictObject({ ...common, kind: z.literal("oidc"), issuer: safeUrl }),
	/** GitHub, or a GitHub Enterprise Server, which has its own addresses. */
	z.strictObject({
		...common,
		kind: z.literal("github"),
		url: safeUrl.default("https://github.com"),
		apiUrl: safeUrl.default("https://api.github.com"),
	}),
]);

const providers = z
	.array(provider)
	.refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "an id stands twice");
const secrets = z.record(z.string(), z.string().min(1));

export type SignInProvider = z.infer<typeof provider> & {
	/** Undefined: a public client, whom PKCE alone protects. */
	clientSecret: string | undefined;
};

/** Reads the configuration. Throws when it is none. */
export function signInProviders(list: unknown, secretsJson: string | undefined): SignInProvider[] {
	const secretOf = secrets.parse(JSON.parse(secretsJson ?? "{}"));
	return providers.parse(list).map((one) => ({ ...one, clientSecret: secretOf[one.id] }));
}
