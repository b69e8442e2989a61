import { beforeAll, describe, expect, test } from "vitest";
import { type Scope, scope } from "#contracts/scope.ts";
import { app } from "../app.ts";
import { describeApi } from "../describe-api.ts";
import { send, signUp, type TestUser } from "./client.ts";
import { makeKey, type TestKey } from "./keys.ts";

/*
 * Who may call what. The description says it of each operation, and the operation is held to it. What
 * it says stands here once more: whoever adds a route decides who may call it.
 */

/** `login`: an access token alone. `any`: a key, too, whatever its scopes. */
const ACCESS: Record<"login" | "any" | Scope, string[]> = {
	login: [
		"GET /sessions",
		"DELETE /sessions",
		"DELETE /sessions/{id}",
		"GET /account",
		"PATCH /account",
		"DELETE /account",
		"PUT /account/password",
		"POST /account/email",
		"POST /account/verification",
		"GET /keys",
		"POST /keys",
		"DELETE /keys/{id}",
	],
	any: ["POST /validate"],
	read: [
		"GET /conversions",
		"GET /conversions/{id}",
		"GET /conversions/{id}/events",
		"POST /conversions/{id}/link",
		"GET /download",
		"GET /events",
		"GET /webhooks",
		"GET /webhooks/{id}",
		"GET /webhooks/{id}/deliveries",
		"GET /webhooks/{id}/deliveries/{eventId}",
	],
	upload: [
		"POST /upload",
		"POST /conversions",
		"POST /conversions/{id}/cancel",
		"POST /conversions/{id}/retry",
		"OPTIONS /uploads",
		"POST /uploads",
		"HEAD /uploads/{id}",
		"PATCH /uploads/{id}",
		"POST /uploads/{id}",
		"DELETE /uploads/{id}",
	],
	admin: [
		"PATCH /conversions/{id}",
		"DELETE /conversions/{id}",
		"POST /conversions/delete",
		"POST /webhooks",
		"PATCH /webhooks/{id}",
		"DELETE /webhooks/{id}",
		"POST /webhooks/{id}/secret",
		"POST /webhooks/{id}/deliveries/{eventId}/replay",
	],
};

/** Those that ask for something else than a token, or for nothing. */
const OTHERS = [
	"POST /register",
	"POST /login",
	"POST /account/verification/confirm",
	"POST /account/password-reset",
	"POST /account/password-reset/confirm",
	"POST /account/email/confirm",
	"GET /sign-in",
	"GET /sign-in/{provider}",
	"GET /sign-in/{provider}/callback",
	"GET /.well-known/jwks.json",
	"POST /session",
	"POST /session/refresh",
	"DELETE /session",
	"GET /unsubscribe/one-click",
	"POST /unsubscribe/one-click",
	"GET /healthz",
	"GET /openapi.json",
	"POST /control/{id}/claim",
	"POST /control/{id}/progress",
	"POST /control/{id}/settle",
	"POST /control/{id}/release",
];

interface Operation {
	name: string;
	method: string;
	path: string;
	security: Record<string, Scope[]>[];
}

const operations = Object.entries(describeApi(app).paths ?? {}).flatMap(([path, methods]) =>
	Object.entries(methods as Record<string, Pick<Operation, "security">>).map(
		([verb, { security = [] }]): Operation => {
			const method = verb.toUpperCase();
			return { name: `${method} ${path}`, method, path, security };
		},
	),
);
const forUsers = operations.filter(({ security }) => security.some((one) => "token" in one));

let user: TestUser;
let keys: Record<Scope, TestKey>;
beforeAll(async () => {
	user = await signUp();
	keys = {
		read: await makeKey(user, ["read"]),
		upload: await makeKey(user, ["upload"]),
		admin: await makeKey(user, ["admin"]),
	};
});

const UNKNOWN = "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const call = ({ method, path }: Operation, headers: Record<string, string>) =>
	send(path.replace("{id}", UNKNOWN), { method, headers });

/** What the description says: the scope that a key needs. */
function accessOf({ security }: Operation): "login" | "any" | Scope {
	const key = security.find((one) => "key" in one)?.["key"];
	return key === undefined ? "login" : (key[0] ?? "any");
}

test("every operation is for whom it was decided to be", () => {
	const decided = Object.entries(ACCESS).flatMap(([access, names]) =>
		names.map((name) => `${name}: ${access}`),
	);
	expect(forUsers.map((one) => `${one.name}: ${accessOf(one)}`).toSorted()).toEqual(
		decided.toSorted(),
	);
	const rest = operations.filter((one) => !forUsers.includes(one)).map(({ name }) => name);
	expect(rest.toSorted()).toEqual(OTHERS.toSorted());
});

describe.each(forUsers)("$name", (operation) => {
	test("is closed to who shows nothing, and to who shows nonsense", async () => {
		expect((await call(operation, {})).status).toBe(401);
		expect((await call(operation, { authorization: "Bearer esk_nonsense" })).status).toBe(401);
	});

	test("is open to who has logged in", async () => {
		expect([401, 403]).not.toContain((await call(operation, user.auth)).status);
	});

	test.each(scope.options)(
		"is open to a key with the scope %s only if that is enough",
		async (held) => {
			const needed = accessOf(operation);
			const isEnough =
				needed === "any" || needed === held || (held === "admin" && needed !== "login");
			const response = await call(operation, keys[held].auth);
			if (isEnough) {
				expect([401, 403]).not.toContain(response.status);
				return;
			}
			expect(response.status).toBe(403);
			// An answer to HEAD has no body to look into.
			if (operation.method !== "HEAD") {
				expect(await response.json()).toMatchObject({ code: "insufficient_scope" });
			}
			expect(response.headers.get("www-authenticate")).toBe(
				needed === "login"
					? 'Bearer realm="earshot", error="insufficient_scope"'
					: `Bearer realm="earshot", error="insufficient_scope", scope="${needed}"`,
			);
		},
	);
});

test("a key with two scopes may do what either allows, and no more", async () => {
	const { auth } = await makeKey(user, ["read", "upload"]);
	const statuses = await Promise.all(
		["GET /conversions", "POST /conversions/{id}/cancel", "DELETE /conversions/{id}"].map(
			async (name) => {
				const operation = operations.find((one) => one.name === name);
				return operation && (await call(operation, auth)).status;
			},
		),
	);
	expect(statuses).toEqual([200, 404, 403]);
});
