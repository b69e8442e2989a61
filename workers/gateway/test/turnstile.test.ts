import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bindings, expectProblem, PASSWORD, post, send } from "./client.ts";

/*
 * Cloudflare's siteverify is the one thing that is not there in a test.
 */

interface Question {
	secret: string;
	response: string;
	remoteip?: string;
	idempotency_key: string;
}

let questions: Question[];
/** What siteverify answers, question by question; the last one stands for all others. */
let answers: (() => Response)[];

const verdict =
	(success: boolean, ...codes: string[]) =>
	() =>
		Response.json({ success, "error-codes": codes });

beforeEach(() => {
	questions = [];
	answers = [verdict(true)];
	vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
		expect(String(url)).toBe("https://challenges.cloudflare.com/turnstile/v0/siteverify");
		questions.push(JSON.parse(String(init?.body)));
		const answer = answers.length > 1 ? answers.shift() : answers[0];
		if (answer === undefined) throw new Error("no answer");
		return answer();
	});
});
afterEach(() => vi.restoreAllMocks());

const TURNSTILE_SECRET = "a widget's secret";

function register(headers: Record<string, string> = {}, replaced = { TURNSTILE_SECRET }) {
	const username = `${crypto.randomUUID()}@example.com`;
	return send("/register", post({ name: "Ada", username, password: PASSWORD }, headers), replaced);
}

const withToken = { "turnstile-token": "token", "cf-connecting-ip": "192.0.2.7" };
const users = () => bindings.DB.prepare("select count(*) as n from users").first("n");

test("without the secret, nobody is asked", async () => {
	expect((await register({}, {} as { TURNSTILE_SECRET: string })).status).toBe(201);
	expect(questions).toEqual([]);
});

test("a good token registers; Cloudflare is told whose it is", async () => {
	expect((await register(withToken)).status).toBe(201);
	expect(questions).toEqual([
		{
			secret: TURNSTILE_SECRET,
			response: "token",
			remoteip: "192.0.2.7",
			idempotency_key: expect.stringMatching(/^[0-9a-f-]{36}$/),
		},
	]);
});

test.each([
	["no token", {}],
	["an endless token", { "turnstile-token": "x".repeat(3000) }],
])("%s is refused without asking Cloudflare", async (_, headers) => {
	await expectProblem(await register(headers), 403, "turnstile_failed");
	expect(questions).toEqual([]);
});

test.each(["invalid-input-response", "timeout-or-duplicate"])(
	"a token that Cloudflare calls %s is refused, and nobody is registered",
	async (code) => {
		answers = [verdict(false, code)];
		const before = await users();
		await expectProblem(await register(withToken), 403, "turnstile_failed");
		expect(await users()).toBe(before);
	},
);

test.each<[string, () => Response]>([
	[
		"cannot be reached",
		() => {
			throw new TypeError("network");
		},
	],
	["answers a page", () => new Response("<html>", { status: 502 })],
	["has trouble itself", verdict(false, "internal-error")],
	["does not know our secret", verdict(false, "invalid-input-secret")],
	["does not say why not", verdict(false)],
])("while Cloudflare %s, nobody comes through", async (_, answer) => {
	answers = [answer];
	const before = await users();
	await expectProblem(await register(withToken), 503, "auth_unavailable");
	expect(await users()).toBe(before);
});

test("a question that was lost is asked once more, under the same key", async () => {
	answers = [() => new Response("", { status: 500 }), verdict(true)];
	expect((await register(withToken)).status).toBe(201);
	const [first, second] = questions;
	expect(questions).toHaveLength(2);
	expect(second).toEqual(first);
});
