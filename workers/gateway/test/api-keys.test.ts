import { beforeEach, describe, expect, test } from "vitest";
import type { ApiKeyDocument } from "#contracts/api-key.ts";
import { apiKeyHash, apiKeyText } from "#contracts/api-key-text.ts";
import { bindings, expectProblem, post, send, signUp, type TestUser, videoForm } from "./client.ts";
import { makeKey, withoutAuth } from "./keys.ts";

let user: TestUser;
beforeEach(async () => {
	user = await signUp();
});

const create = (body: unknown) => send("/keys", post(body, user.auth));
const list = async (of = user): Promise<ApiKeyDocument[]> => {
	const response = await send("/keys", { headers: of.auth });
	return ((await response.json()) as { keys: ApiKeyDocument[] }).keys;
};
const remove = (id: string, by = user) =>
	send(`/keys/${encodeURIComponent(id)}`, { method: "DELETE", headers: by.auth });
const knock = (auth: { authorization: string }) => send("/conversions", { headers: auth });
const validate = (auth: { authorization: string }) =>
	send("/validate", { method: "POST", headers: auth });

describe("making a key", () => {
	test("shows it once, and afterwards by its first characters alone", async () => {
		const response = await create({ name: " nightly ", scopes: ["read", "upload", "read"] });
		expect(response.status).toBe(201);
		expect(response.headers.get("cache-control")).toBe("no-store");
		const { key, ...document } = (await response.json()) as ApiKeyDocument & { key: string };
		expect(key).toMatch(/^esk_[0-9A-Za-z]{49}$/);
		expect(document).toEqual({
			id: expect.stringMatching(/^key_/),
			name: "nightly",
			hint: key.slice(0, 8),
			scopes: ["read", "upload"],
			createdAt: expect.any(String),
			lastUsedAt: null,
			expiresAt: null,
		});
		expect(await list()).toEqual([document]);
		expect((await knock({ authorization: `Bearer ${key}` })).status).toBe(200);
		expect((await list())[0]?.lastUsedAt).toEqual(expect.any(String));
	});

	test.each([
		["no name", { scopes: ["read"] }],
		["an empty name", { name: " ", scopes: ["read"] }],
		["an endless name", { name: "x".repeat(101), scopes: ["read"] }],
		["no scopes", { name: "x", scopes: [] }],
		["an unknown scope", { name: "x", scopes: ["root"] }],
		["a scope that is none", { name: "x", scopes: "admin" }],
		["a time that has passed", { name: "x", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" }],
		["a time that is none", { name: "x", scopes: ["read"], expiresAt: "tomorrow" }],
		["somebody else's id", { name: "x", scopes: ["read"], userId: "usr_1" }],
	])("with %s is refused", async (_, body) => {
		await expectProblem(await create(body), 400, "invalid_body");
		expect(await list()).toEqual([]);
	});

	test("more than fifty is refused", async () => {
		const row = bindings.DB.prepare(
			"insert into api_keys (id, user_id, key_hash, name, hint, scopes, created_at_ms) values (?, ?, ?, 'x', 'esk_', '[]', 0)",
		);
		await bindings.DB.batch(
			Array.from({ length: 50 }, (_, n) => row.bind(`${user.id}-${n}`, user.id, `${user.id}-${n}`)),
		);
		await expectProblem(await create({ name: "x", scopes: ["read"] }), 409, "too_many_keys");
	});

	test("for an account that is being deleted is refused", async () => {
		await bindings.DB.prepare("update users set deleted_at_ms = 1 where id = ?")
			.bind(user.id)
			.run();
		await expectProblem(await create({ name: "x", scopes: ["read"] }), 401, "invalid_token");
	});
});

describe("a key", () => {
	test("says whose it is", async () => {
		const expiresAt = "2099-01-01T00:00:00+01:00";
		const key = await makeKey(user, ["read", "upload"], expiresAt);
		expect(await (await validate(key.auth)).json()).toEqual({
			sub: user.id,
			email: user.email,
			email_verified: true,
			name: "Ada",
			scopes: ["read", "upload"],
			exp: Date.parse(expiresAt) / 1000,
		});
		expect(await list()).toMatchObject([{ expiresAt: "2098-12-31T23:00:00.000Z" }]);
	});

	test("acts for its owner, and for nobody else", async () => {
		const key = await makeKey(user, ["read", "upload"]);
		const upload = await send("/upload", { method: "POST", headers: key.auth, body: videoForm() });
		const { id } = (await upload.json()) as { id: string };
		expect((await send(`/conversions/${id}`, { headers: user.auth })).status).toBe(200);
		const stranger = await makeKey(await signUp(), ["admin"]);
		await expectProblem(
			await send(`/conversions/${id}`, { headers: stranger.auth }),
			404,
			"not_found",
		);
	});

	test("that has been seen a moment ago costs no call to auth", async () => {
		const { auth } = await makeKey(user, ["read"]);
		await knock(auth);
		expect((await send("/conversions", { headers: auth }, withoutAuth)).status).toBe(200);
	});

	test("that is revoked is unknown from then on to whoever has not seen it", async () => {
		const { auth, id } = await makeKey(user, ["read"]);
		expect((await remove(id)).status).toBe(204);
		await expectProblem(await knock(auth), 401, "invalid_token");
		await expectProblem(await remove(id), 404, "not_found");
		expect(await list()).toEqual([]);
	});

	test("that has expired is refused", async () => {
		const { auth, id } = await makeKey(user, ["read"]);
		await bindings.DB.prepare("update api_keys set expires_at_ms = ? where id = ?")
			.bind(Date.now() - 1, id)
			.run();
		await expectProblem(await knock(auth), 401, "invalid_token");
	});

	test("of a deleted user is refused", async () => {
		const { auth } = await makeKey(user, ["admin"]);
		await bindings.DB.prepare("update users set deleted_at_ms = 1 where id = ?")
			.bind(user.id)
			.run();
		await expectProblem(await knock(auth), 401, "invalid_token");
	});

	test("cannot be seen or revoked by somebody else", async () => {
		const { auth, id } = await makeKey(user, ["read"]);
		const stranger = await signUp();
		expect(await list(stranger)).toEqual([]);
		await expectProblem(await remove(id, stranger), 404, "not_found");
		expect((await knock(auth)).status).toBe(200);
	});

	test("is answered with a challenge when it opens nothing, and the reason is not told", async () => {
		const response = await knock({ authorization: `Bearer ${apiKeyText(new Uint8Array(32))}` });
		expect(response.headers.get("www-authenticate")).toBe(
			'Bearer realm="earshot", error="invalid_token"',
		);
		expect(await response.clone().json()).toMatchObject({
			detail: "The API key is unknown, expired or revoked. Use another.",
		});
		await expectProblem(response, 401, "invalid_token");
	});

	test("with auth down is not refused but cannot be checked", async () => {
		const { auth } = await makeKey(user, ["read"]);
		const response = await send("/conversions", { headers: auth }, withoutAuth);
		await expectProblem(response, 503, "auth_unavailable");
	});

	test.each(["", "x", "x".repeat(49), "x".repeat(8000), "=", "../../x", "A".repeat(43)])(
		"esk_%s cannot be one, and auth is not asked",
		async (rest) => {
			const auth = { authorization: `Bearer esk_${rest}` };
			const response = await send("/conversions", { headers: auth }, withoutAuth);
			await expectProblem(response, 401, "invalid_token");
		},
	);

	test("is known to auth by its hash, which opens nothing by itself", async () => {
		const { auth, key } = await makeKey(user, ["read"]);
		await knock(auth);
		await expectProblem(
			await knock({ authorization: `Bearer ${apiKeyHash(key)}` }),
			401,
			"invalid_token",
		);
	});
});

test.each(["nonsense", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV", "' or 1=1 --"])(
	"there is no key %j to revoke",
	async (id) => {
		await expectProblem(await remove(id), 404, "not_found");
	},
);

test("with auth down, keys cannot be made, listed or revoked: 503", async () => {
	const { id } = await makeKey(user, ["read"]);
	const calls: [string, RequestInit][] = [
		["/keys", post({ name: "x", scopes: ["read"] }, user.auth)],
		["/keys", { headers: user.auth }],
		[`/keys/${id}`, { method: "DELETE", headers: user.auth }],
	];
	for (const [path, init] of calls) {
		await expectProblem(await send(path, init, withoutAuth), 503, "auth_unavailable");
	}
	expect(await list()).toHaveLength(1);
});
