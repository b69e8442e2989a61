import type { Scope } from "#contracts/scope.ts";
import { type Bindings, post, send, type TestUser } from "./client.ts";

export interface TestKey {
	id: string;
	key: string;
	auth: { authorization: string };
}

/** Makes an API key, through HTTP. */
export async function makeKey(
	user: TestUser,
	scopes: Scope[],
	expiresAt?: string,
): Promise<TestKey> {
	const wish = { name: "test", scopes, ...(expiresAt && { expiresAt }) };
	const response = await send("/keys", post(wish, user.auth));
	const { id, key } = (await response.json()) as { id: string; key: string };
	return { id, key, auth: { authorization: `Bearer ${key}` } };
}

/** Bindings with which whoever asks auth hears that it is down. */
export const withoutAuth: Partial<Bindings> = {
	AUTH: new Proxy(
		{},
		{ get: () => () => Promise.reject(new Error("auth was called")) },
	) as Bindings["AUTH"],
};
