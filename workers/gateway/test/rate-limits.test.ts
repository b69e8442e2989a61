import { env } from "cloudflare:test";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { limitPasswordReset } from "../abuse/rate-limited.ts";
import type { GatewayContext } from "../http/context.ts";
import { RATE_LIMIT_SECONDS, RATE_LIMITS } from "../limits.ts";
import { basic, bindings, expectProblem, PASSWORD, post, send, signUp } from "./client.ts";

/*
 * The limits of wrangler.toml, as Miniflare counts them: in minutes of the clock.
 */

/** Does something within one such minute: anew, if another has begun meanwhile. */
async function withinAMinute<Result>(work: () => Promise<Result>): Promise<Result> {
	const minute = () => Math.floor(Date.now() / (RATE_LIMIT_SECONDS * 1000));
	while (true) {
		const began = minute();
		const result = await work();
		if (minute() === began) return result;
	}
}

/** Does something so often; says what came of it, in order. */
async function times(
	count: number,
	work: (index: number) => Promise<Response>,
): Promise<Response[]> {
	const responses: Response[] = [];
	for (let index = 0; index < count; index++) responses.push(await work(index));
	return responses;
}

const statuses = (responses: Response[]) => responses.map(({ status }) => status);
const repeated = (count: number, status: number) => Array.from({ length: count }, () => status);

const newAddress = () => `${crypto.randomUUID()}@example.com`;
/** Of an IPv6 network that nobody has used. */
const newIp = () => {
	const [one = 0, two = 0] = crypto.getRandomValues(new Uint16Array(2));
	return `2001:db8:${one.toString(16)}:${two.toString(16)}::1`;
};
const from = (ip: string | undefined) => (ip === undefined ? {} : { "cf-connecting-ip": ip });

/** So long that it is no password: it is refused like a wrong one, and costs no hash. */
const WRONG = "x".repeat(300);
const login = (email: string, ip: string | undefined, password = WRONG) =>
	send("/login", { method: "POST", headers: { ...basic(email, password), ...from(ip) } });
const register = (username: string, ip: string | undefined, password = PASSWORD) =>
	send("/register", post({ name: "Ada", username, password }, from(ip)));

test("clients are told the numbers that count", () => {
	const { DEPLOYED_RATE_LIMITS } = env as unknown as {
		DEPLOYED_RATE_LIMITS: { name: string; simple: { limit: number; period: number } }[];
	};
	const deployed = DEPLOYED_RATE_LIMITS.map(({ name, simple }) => [name, simple]);
	const told = Object.entries(RATE_LIMITS).map(([name, limit]) => [
		name,
		{ limit, period: RATE_LIMIT_SECONDS },
	]);
	expect(Object.fromEntries(told)).toEqual(Object.fromEntries(deployed));
});

test("who is over a limit is told which one, and how long to wait", async () => {
	const response = await withinAMinute(async () => {
		const [email, ip] = [newAddress(), newIp()];
		return (await times(11, () => login(email, ip))).at(-1);
	});
	if (response === undefined) throw new Error("no response");
	const { headers } = response;
	expect(headers.get("retry-after")).toBe("60");
	expect(headers.get("ratelimit-policy")).toBe('"login-by-address-and-network";q=10;w=60');
	expect(headers.get("ratelimit")).toBe('"login-by-address-and-network";r=0;t=60');
	await expectProblem(response, 429, "rate_limited");
});

test("a flood of wrong passwords from one network keeps the owner out nowhere else", async () => {
	const { email } = await signUp();
	const [flood, there, elsewhere] = await withinAMinute(async () => {
		const ip = newIp();
		return [
			await times(12, () => login(email, ip)),
			// Not even the right password comes through there.
			await login(email, ip, PASSWORD),
			await login(email, newIp(), PASSWORD),
		] as const;
	});
	expect(statuses(flood)).toEqual([...repeated(10, 401), 429, 429]);
	expect([there.status, elsewhere.status]).toEqual([429, 200]);
});

test("however the address is written and wherever it comes from, it is tried 30 times", async () => {
	const responses = await withinAMinute(() => {
		const email = newAddress();
		const spellings = [email, email.toUpperCase(), ` ${email} `];
		return times(31, (index) => login(spellings[index % 3] ?? email, newIp()));
	});
	expect(statuses(responses)).toEqual([...repeated(30, 401), 429]);
});

test("without a network to count by, the address still counts, and nobody else's", async () => {
	const [responses, other] = await withinAMinute(async () => {
		const email = newAddress();
		const responses = await times(31, () => login(email, undefined));
		return [responses, await login(newAddress(), undefined)] as const;
	});
	expect(statuses(responses)).toEqual([...repeated(30, 401), 429]);
	expect(other.status).toBe(401);
});

test("one network tries 60 addresses, from whichever of its own, and then uses up no tries of anybody's", async () => {
	const { email } = await signUp();
	const [responses, owner] = await withinAMinute(async () => {
		const network = newIp().slice(0, -1);
		const responses = await times(60, (index) => login(newAddress(), `${network}${index}`));
		// Would be as many as the address has, were they counted there.
		responses.push(...(await times(30, (index) => login(email, `${network}${index}`))));
		return [responses, await login(email, newIp(), PASSWORD)] as const;
	});
	expect(statuses(responses)).toEqual([...repeated(60, 401), ...repeated(30, 429)]);
	expect(owner.status).toBe(200);
});

test("one network registers ten times, and what is no registration counts too", async () => {
	const responses = await withinAMinute(() => {
		const ip = newIp();
		return times(11, (index) => register(`nobody ${index}`, ip));
	});
	expect(statuses(responses)).toEqual([...repeated(10, 400), 429]);
});

test("registering one address again and again writes to it five times", async () => {
	const responses = await withinAMinute(() => {
		const email = newAddress();
		return times(6, () => register(email, newIp()));
	});
	expect(statuses(responses)).toEqual([...repeated(5, 201), 429]);
});

test("one network goes to providers and comes back thirty times, all paths together", async () => {
	const responses = await withinAMinute(() => {
		const headers = from(newIp());
		const paths = ["/sign-in", "/sign-in/unknown", "/sign-in/unknown/callback"];
		return times(31, (index) => send(paths[index % 3] ?? "", { headers }));
	});
	expect(statuses(responses).filter((status) => status === 429)).toHaveLength(1);
	expect(responses.at(-1)?.status).toBe(429);
});

test("a password reset is asked for ten times from a network and five times for an address", async () => {
	const app = new Hono<GatewayContext>();
	app.use((c, next) => {
		c.set("requestId", "test");
		return next();
	});
	app.post("/", limitPasswordReset, (c) => c.body(null, 202));
	const ask = async (email: string, ip: string) =>
		app.request("/", post({ email }, from(ip)), bindings);
	const [ofNetwork, ofAddress] = await withinAMinute(async () => {
		const [ip, email] = [newIp(), newAddress()];
		return [
			await times(11, () => ask(newAddress(), ip)),
			await times(6, () => ask(email, newIp())),
		];
	});
	expect(statuses(ofNetwork ?? [])).toEqual([...repeated(10, 202), 429]);
	expect(statuses(ofAddress ?? [])).toEqual([...repeated(5, 202), 429]);
});
