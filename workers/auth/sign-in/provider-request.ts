import { allowInsecureRequests, type CustomFetchOptions, customFetch } from "oauth4webapi";
import { describeError } from "#contracts/log-line.ts";
import { isLoopback, type SignInProvider } from "./providers.ts";

/** Who waits for a provider longer than this has given up. */
const PATIENCE_MS = 10_000;

/** The provider does not answer, or not as one that works. */
export class ProviderUnavailable extends Error {
	override name = "ProviderUnavailable";
}

/** How every request to a provider is made. */
export function providerRequest(provider: SignInProvider) {
	return {
		[customFetch]: ask,
		[allowInsecureRequests]: isLoopback(provider.kind === "oidc" ? provider.issuer : provider.url),
		signal: AbortSignal.timeout(PATIENCE_MS),
	};
}

/** Reads an answer to its end, so that one that breaks off, too, is known for what it is. */
async function ask(
	url: string,
	{ body: sent = null, signal, ...init }: CustomFetchOptions<string, BodyInit | null | undefined>,
): Promise<Response> {
	const { host } = new URL(url);
	let response: Response;
	let body: ArrayBuffer;
	try {
		response = await fetch(url, { ...init, body: sent, ...(signal && { signal }) });
		body = await response.arrayBuffer();
	} catch (error) {
		throw new ProviderUnavailable(`${host}: ${describeError(error)}`);
	}
	if (response.status >= 500 || response.status === 429) {
		throw new ProviderUnavailable(`${host} answered ${response.status}`);
	}
	return new Response(body, { status: response.status, headers: response.headers });
}
