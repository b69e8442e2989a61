const encoder = new TextEncoder();

/**
 * Whether `Authorization: Bearer …` carries the API token. Digests are compared, not the tokens:
 * they have one length, so neither content nor length shows in the time it takes.
 */
export async function isAuthorized(request: Request, apiToken: string): Promise<boolean> {
	const [, presented] = /^Bearer (.+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
	if (presented === undefined) return false;
	const [actual, expected] = await Promise.all([digest(presented), digest(apiToken)]);
	return crypto.subtle.timingSafeEqual(actual, expected);
}

function digest(text: string): Promise<ArrayBuffer> {
	return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
