import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { connect } from "#db/connect.ts";
import { newUserId } from "#db/new-id.ts";
import { insertUser } from "#db/queries/users.ts";
import type { User } from "#db/schema/users.ts";
import { identifiedUser } from "../sign-in/identified-user.ts";
import type { Identity } from "../sign-in/identity.ts";

/*
 * Whose account an account elsewhere opens. The same by way of real providers: e2e/sign-in.test.ts.
 */

const db = connect(env.DB);
const NOW = Date.now();

const newAddress = () => `${crypto.randomUUID()}@example.com`;

async function newUser(changed: Partial<User>): Promise<User> {
	const user = {
		id: newUserId(NOW),
		email: newAddress(),
		name: "Ada",
		passwordHash: "a hash",
		createdAtMs: NOW,
		emailVerifiedAtMs: NOW,
		emailUndeliverableAtMs: null,
		emailUndeliverableBecause: null,
		deletedAtMs: null,
		...changed,
	};
	await insertUser(db, user);
	return user;
}

const identity = (changed: Partial<Identity>): Identity => ({
	provider: "acme",
	subject: crypto.randomUUID(),
	name: "Ada elsewhere",
	verifiedEmail: newAddress(),
	...changed,
});

async function signIn(who: Identity): Promise<User> {
	const identified = await identifiedUser(db, who, NOW);
	if (!identified.ok) throw new Error(identified.cause);
	return identified.user;
}

const linked = (subject: string) =>
	env.DB.prepare("select user_id from identities where subject = ?").bind(subject).first("user_id");

test("many first sign-ins at once make one user and one link", async () => {
	const who = identity({});
	const users = await Promise.all(Array.from({ length: 8 }, () => signIn(who)));
	expect(new Set(users.map(({ id }) => id)).size).toBe(1);
	const count = env.DB.prepare("select count(*) as n from users where email = ?");
	expect(await count.bind(who.verifiedEmail).first("n")).toBe(1);
});

test("a subject is its provider's: the same at another one is somebody else", async () => {
	const who = identity({});
	const other = { ...who, provider: "other", verifiedEmail: newAddress() };
	expect((await signIn(other)).id).not.toBe((await signIn(who)).id);
});

test("who is known is known without an address, and keeps the one they have here", async () => {
	const who = identity({});
	const user = await signIn(who);
	const moved = { ...who, verifiedEmail: (await newUser({})).email };
	expect((await signIn({ ...who, verifiedEmail: null })).id).toBe(user.id);
	expect(await signIn(moved)).toEqual(user);
});

test("a verified address opens the account that has it, as it is", async () => {
	const user = await newUser({});
	expect(await signIn(identity({ verifiedEmail: user.email }))).toEqual(user);
});

test("an account whose address nobody confirmed gives way to a new one of another id", async () => {
	const before = await newUser({ emailVerifiedAtMs: null });
	const user = await signIn(identity({ verifiedEmail: before.email }));
	expect(user).toMatchObject({
		email: before.email,
		name: "Ada elsewhere",
		passwordHash: "!",
		emailVerifiedAtMs: NOW,
	});
	expect(user.id).not.toBe(before.id);
});

test("without a verified address there is no new account", async () => {
	const who = identity({ verifiedEmail: null });
	const refused = { ok: false, cause: "no_verified_address" };
	expect(await identifiedUser(db, who, NOW)).toEqual(refused);
	expect(await linked(who.subject)).toBeNull();
});

test.each([
	["confirmed", NOW],
	["unconfirmed", null],
])(
	"an account (%s) that is being deleted stays as it is and is not opened",
	async (_, verified) => {
		const user = await newUser({ emailVerifiedAtMs: verified, deletedAtMs: NOW });
		const who = identity({ verifiedEmail: user.email });
		const refused = { ok: false, cause: "account_deleted" };
		expect(await identifiedUser(db, who, NOW)).toEqual(refused);
		expect(await linked(who.subject)).toBeNull();
		const row = env.DB.prepare("select deleted_at_ms from users where id = ?").bind(user.id);
		expect(await row.first("deleted_at_ms")).toBe(NOW);
	},
);

test("who was linked before the account began to be deleted is refused too", async () => {
	const who = identity({});
	const user = await signIn(who);
	await env.DB.prepare("update users set deleted_at_ms = 1 where id = ?").bind(user.id).run();
	const refused = { ok: false, cause: "account_deleted" };
	expect(await identifiedUser(db, who, NOW)).toEqual(refused);
});
