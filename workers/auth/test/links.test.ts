import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { findUser, findUserByEmail } from "#db/queries/users.ts";
import { emailTokens } from "#db/schema/email-tokens.ts";
import { users } from "#db/schema/users.ts";
import { confirmVerification } from "../confirm-verification.ts";
import { issueEmailToken } from "../issue-email-token.ts";
import { requestVerification } from "../request-verification.ts";
import {
	auth,
	belongings,
	db,
	mailedMove,
	mailedToken,
	newAddress,
	newStranger,
	newUser,
	outbox,
	PASSWORD,
	settleIn,
} from "./people.ts";

/*
 * Mailed links: what they open, once, and what they do not.
 */

const HOUR_MS = 60 * 60 * 1000;
const INVALID = { ok: false, code: "invalid_link" };
const NEW_PASSWORD = "another horse battery";

const reset = (token: string, password = NEW_PASSWORD) =>
	auth.confirmPasswordReset({ token, password });

async function askToMove(
	user: { id: Awaited<ReturnType<typeof newUser>>["id"] },
	username: string,
) {
	return auth.requestEmailChange({ userId: user.id, username, password: PASSWORD });
}

describe("a link to verify", () => {
	test("shows that the address is its user's, and how the account is now", async () => {
		const { id, username } = await newStranger();
		expect(await auth.confirmVerification(await mailedToken(id, "verify"))).toEqual({
			ok: true,
			account: {
				id,
				name: "Ada",
				username,
				emailVerified: true,
				hasPassword: true,
				emailUndeliverableSince: null,
				mail: { finished: true, failed: true, expiring: true },
				createdAt: expect.any(String),
			},
		});
	});

	test("works once, and the others of its kind end with it", async () => {
		const { id } = await newStranger();
		const [first, second] = [await mailedToken(id, "verify"), await mailedToken(id, "verify")];
		expect(await auth.confirmVerification(first)).toMatchObject({ ok: true });
		expect(await auth.confirmVerification(first)).toEqual(INVALID);
		expect(await auth.confirmVerification(second)).toEqual(INVALID);
	});

	test("that is opened ten times at once works once", async () => {
		const { id } = await newStranger();
		const token = await mailedToken(id, "verify");
		const results = await Promise.all(
			Array.from({ length: 10 }, () => auth.confirmVerification(token)),
		);
		expect(results.filter(({ ok }) => ok)).toHaveLength(1);
	});

	test("works for a day and not longer", async () => {
		const { id } = await newStranger();
		const nowMs = Date.now();
		const token = await mailedToken(id, "verify", nowMs);
		expect(await confirmVerification(db, token, nowMs + 24 * HOUR_MS)).toEqual(INVALID);
		expect(await confirmVerification(db, token, nowMs + 24 * HOUR_MS - 1)).toMatchObject({
			ok: true,
		});
	});

	test("is not mailed to who needs none", async () => {
		const { id } = await newUser();
		expect(await auth.issueEmailToken({ userId: id, purpose: "verify" })).toBeNull();
		const mail = outbox();
		expect(await requestVerification(db, mail, id, Date.now())).toEqual({ ok: true });
		expect(mail.sent).toEqual([]);
	});
});

test("three links of a kind work at a time, and one can be asked for when the first has ended", async () => {
	const { id } = await newStranger();
	const nowMs = Date.now();
	for (const at of [nowMs, nowMs + 1000, nowMs + 2000]) await mailedToken(id, "verify", at);
	const request = { userId: id, purpose: "verify" } as const;
	expect(await issueEmailToken(db, outbox(), request, nowMs + 3000)).toBeNull();
	const mail = outbox();
	expect(await requestVerification(db, mail, id, nowMs + 3000)).toEqual({
		ok: false,
		code: "rate_limited",
		retryAfterSeconds: 24 * 60 * 60 - 3,
	});
	expect(mail.sent).toEqual([]);
	expect(await requestVerification(db, mail, id, nowMs + 24 * HOUR_MS)).toEqual({ ok: true });
	expect(mail.sent).toEqual([{ kind: "verify", userId: id }]);
	// Another kind is counted apart.
	await mailedToken(id, "reset", nowMs + 3000);
});

test("three links are issued to however many ask at once", async () => {
	const { id } = await newStranger();
	const issued = await Promise.all(
		Array.from({ length: 10 }, () => auth.issueEmailToken({ userId: id, purpose: "verify" })),
	);
	expect(issued.filter((link) => link !== null)).toHaveLength(3);
});

test("a link whose mail did not leave does not count", async () => {
	const { id } = await newStranger();
	for (let time = 0; time < 10; time++) {
		await auth.withdrawEmailToken(await mailedToken(id, "verify"));
	}
	const token = await mailedToken(id, "verify");
	expect(await auth.confirmVerification(token)).toMatchObject({ ok: true });
});

test.each(["", "x", "x".repeat(200), "' or 1=1 --"])(
	"the token %j opens nothing",
	async (token) => {
		expect(await auth.confirmVerification(token)).toEqual(INVALID);
		expect(await reset(token)).toEqual(INVALID);
		expect(await auth.confirmEmailChange(token)).toEqual(INVALID);
	},
);

test("what is stored of a token opens nothing, and is not the token", async () => {
	const { id } = await newStranger();
	const token = await mailedToken(id, "verify");
	const row = await db.select().from(emailTokens).where(eq(emailTokens.userId, id)).get();
	expect(JSON.stringify(row)).not.toContain(token);
	expect(await auth.confirmVerification(row?.tokenHash ?? "")).toEqual(INVALID);
});

test("a link opens what it was mailed for and nothing else, and is not used up by trying", async () => {
	const user = await newStranger();
	const username = newAddress();
	await askToMove(user, username);
	const verify = await mailedToken(user.id, "verify");
	const forgotten = await mailedToken(user.id, "reset");
	const move = await mailedMove(user.id, username);

	expect(await reset(verify)).toEqual(INVALID);
	expect(await reset(move)).toEqual(INVALID);
	expect(await auth.confirmEmailChange(verify)).toEqual(INVALID);
	expect(await auth.confirmEmailChange(forgotten)).toEqual(INVALID);
	expect(await auth.confirmVerification(forgotten)).toEqual(INVALID);
	expect(await auth.confirmVerification(move)).toEqual(INVALID);
	expect((await findUser(db, user.id))?.emailVerifiedAtMs).toBeNull();

	expect(await auth.confirmVerification(verify)).toMatchObject({ ok: true });
	expect(await auth.confirmEmailChange(move)).toMatchObject({ ok: true, account: { username } });
});

test("a link that was mailed to an address which the account has left opens nothing", async () => {
	const [stranger, user] = [await newStranger(), await newUser()];
	const [verify, forgotten] = [
		await mailedToken(stranger.id, "verify"),
		await mailedToken(user.id, "reset"),
	];
	for (const { id } of [stranger, user]) {
		await db.update(users).set({ email: newAddress() }).where(eq(users.id, id));
	}
	expect(await auth.confirmVerification(verify)).toEqual(INVALID);
	expect(await reset(forgotten)).toEqual(INVALID);
});

describe("a link to a new password", () => {
	test("sets it, and ends sessions and all other mailed links; keys and sign-ins stay", async () => {
		const user = await newUser();
		await settleIn(user.id);
		await askToMove(user, newAddress());
		const [first, second] = [
			await mailedToken(user.id, "reset"),
			await mailedToken(user.id, "reset"),
		];
		expect(await reset(first)).toMatchObject({ ok: true, account: { username: user.username } });
		expect(await belongings(user.id)).toEqual({ sessions: 0, keys: 1, identities: 1, links: 0 });
		expect(await auth.login(user.username, PASSWORD)).toMatchObject({ ok: false });
		expect(await auth.login(user.username, NEW_PASSWORD)).toMatchObject({ ok: true });
		expect(await reset(first)).toEqual(INVALID);
		expect(await reset(second)).toEqual(INVALID);
	});

	test("shows, too, that the address is its user's", async () => {
		const { id } = await newStranger();
		expect(await reset(await mailedToken(id, "reset"))).toMatchObject({
			account: { emailVerified: true },
		});
	});

	test("works for an hour and not longer", async () => {
		const { id } = await newUser();
		const token = await mailedToken(id, "reset", Date.now() - HOUR_MS);
		expect(await reset(token)).toEqual(INVALID);
	});

	test("that is opened at once with two passwords sets one of them", async () => {
		const user = await newUser();
		const token = await mailedToken(user.id, "reset");
		const passwords = [NEW_PASSWORD, "a third horse battery"];
		const results = await Promise.all(passwords.map((password) => reset(token, password)));
		const logins = await Promise.all(
			passwords.map((password) => auth.login(user.username, password)),
		);
		expect(results.filter(({ ok }) => ok)).toHaveLength(1);
		expect(logins.map(({ ok }) => ok)).toEqual(results.map(({ ok }) => ok));
	});

	test("is not used up by a password that is refused", async () => {
		const { id } = await newUser();
		const token = await mailedToken(id, "reset");
		expect(await reset(token, "password1")).toEqual({ ok: false, code: "password_too_common" });
		expect(await reset(token)).toMatchObject({ ok: true });
	});

	test("is worth nothing once its owner has remembered, and changed it", async () => {
		const { id } = await newUser();
		const token = await mailedToken(id, "reset");
		await auth.changePassword({
			userId: id,
			currentPassword: PASSWORD,
			newPassword: NEW_PASSWORD,
		});
		expect(await reset(token)).toEqual(INVALID);
	});
});

describe("a link to another address", () => {
	test("moves the account there; sessions and keys stay, and mailed links end", async () => {
		const user = await newUser();
		await settleIn(user.id);
		const username = newAddress();
		await askToMove(user, username);
		const oldAddress = await mailedToken(user.id, "reset");
		const token = await mailedMove(user.id, username);
		expect(await auth.confirmEmailChange(token)).toMatchObject({ ok: true, account: { username } });
		expect(await belongings(user.id)).toEqual({ sessions: 1, keys: 1, identities: 1, links: 0 });
		// Whoever reads the old mailbox gets in no more.
		expect(await reset(oldAddress)).toEqual(INVALID);
		expect(await auth.login(user.username, PASSWORD)).toMatchObject({ ok: false });
		expect(await auth.login(username, PASSWORD)).toMatchObject({ ok: true });
		expect(await auth.confirmEmailChange(token)).toEqual(INVALID);
	});

	test("is not good when somebody else has the address by now", async () => {
		const user = await newUser();
		const username = newAddress();
		await askToMove(user, username);
		const token = await mailedMove(user.id, username);
		const owner = await newUser(username);
		expect(await auth.confirmEmailChange(token)).toEqual(INVALID);
		expect((await findUserByEmail(db, username))?.id).toBe(owner.id);
		expect((await findUserByEmail(db, user.username))?.id).toBe(user.id);
	});

	test("is stronger than an account there that nobody has confirmed", async () => {
		const user = await newUser();
		const username = newAddress();
		const squatter = await newStranger(username);
		await settleIn(squatter.id);
		await askToMove(user, username);
		const token = await mailedMove(user.id, username);
		expect(await auth.confirmEmailChange(token)).toMatchObject({ ok: true });
		expect((await findUserByEmail(db, username))?.id).toBe(user.id);
		expect(await findUser(db, squatter.id)).toBeNull();
	});

	test("is not issued for an address that has an account: its owner is told", async () => {
		const [user, owner] = [await newUser(), await newUser()];
		await askToMove(user, owner.username);
		const mail = outbox();
		const request = { userId: user.id, purpose: "change_email", email: owner.username } as const;
		expect(await issueEmailToken(db, mail, request, Date.now())).toBeNull();
		expect(mail.sent).toEqual([{ kind: "address_in_use", userId: owner.id }]);
	});

	test("three can be asked for a day", async () => {
		const user = await newUser();
		const addresses = Array.from({ length: 4 }, newAddress);
		for (const address of addresses) expect(await askToMove(user, address)).toEqual({ ok: true });
		expect((await belongings(user.id))["links"]).toBe(3);
		const [, , , fourth = ""] = addresses;
		await expect(mailedMove(user.id, fourth)).rejects.toThrow("no link");
	});

	test("that nobody has asked for is not issued", async () => {
		const user = await newUser();
		await expect(mailedMove(user.id, newAddress())).rejects.toThrow("no link");
	});

	test.each(["changes", "resets"])(
		"and a message that is still on its way to be mailed, are worth nothing once its owner %s the password",
		async (how) => {
			const user = await newUser();
			// A thief who knows the password asks to move the account to two addresses of his.
			const [mailed, queued] = [newAddress(), newAddress()];
			await askToMove(user, mailed);
			await askToMove(user, queued);
			const token = await mailedMove(user.id, mailed);
			if (how === "changes") {
				const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
				await auth.changePassword({ userId: user.id, ...change });
			} else await reset(await mailedToken(user.id, "reset"));
			expect(await auth.confirmEmailChange(token)).toEqual(INVALID);
			await expect(mailedMove(user.id, queued)).rejects.toThrow("no link");
		},
	);
});

describe("somebody registers another's address first, with a password of their own", () => {
	test("then its owner registers: nothing of the first account opens the second", async () => {
		const username = newAddress();
		const thief = await newStranger(username, "the password of a thief");
		await settleIn(thief.id);
		const old = await mailedToken(thief.id, "verify");

		const owner = await newUser(username);
		expect(owner.id).not.toBe(thief.id);
		expect(await auth.login(username, thief.password)).toMatchObject({ ok: false });
		expect(await belongings(thief.id)).toEqual({ sessions: 0, keys: 0, identities: 0, links: 0 });
		expect(await belongings(owner.id)).toEqual({ sessions: 0, keys: 0, identities: 0, links: 0 });
		expect(await auth.confirmVerification(old)).toEqual(INVALID);
		expect(await auth.account(thief.id)).toEqual({ ok: false, code: "invalid_token" });
		// Nor is a link issued by a message that was on its way.
		expect(await auth.issueEmailToken({ userId: thief.id, purpose: "verify" })).toBeNull();
	});

	test("after its owner: the owner's link does not confirm the other's password", async () => {
		const owner = await newStranger();
		const link = await mailedToken(owner.id, "verify");
		await newStranger(owner.username, "the password of a thief");
		expect(await auth.confirmVerification(link)).toEqual(INVALID);
	});

	test("then its owner asks for a new password: the first one, sessions, keys and sign-ins are gone", async () => {
		const username = newAddress();
		const thief = await newStranger(username, "the password of a thief");
		await settleIn(thief.id);
		expect(await reset(await mailedToken(thief.id, "reset"))).toMatchObject({ ok: true });
		expect(await belongings(thief.id)).toEqual({ sessions: 0, keys: 0, identities: 0, links: 0 });
		expect(await auth.login(username, thief.password)).toMatchObject({ ok: false });
		expect(await auth.login(username, NEW_PASSWORD)).toMatchObject({ ok: true });
	});
});
