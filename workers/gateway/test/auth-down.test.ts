import { expect, test, vi } from "vitest";

/*
 * An isolate that has never seen auth's keys: the gateway's modules are loaded anew, as others have
 * fetched them before. This file holds one test: the next would find them.
 */

vi.resetModules();
const { expectProblem, send } = await import("./client.ts");

const header = btoa(JSON.stringify({ alg: "ES256", kid: "any" })).replace(/=+$/, "");

test("with auth down and no keys at hand, a token is not refused but cannot be checked: 503", async () => {
	const down = () => Promise.reject(new Error("auth is down"));
	const AUTH = { jwks: down } as unknown as GatewayEnv["AUTH"];
	const init = { headers: { authorization: `Bearer ${header}.e30.AAAA` } };
	const response = await send("/conversions", init, { AUTH });
	await expectProblem(response, 503, "auth_unavailable");
	expect((await send("/conversions", init)).status).toBe(401);
});
