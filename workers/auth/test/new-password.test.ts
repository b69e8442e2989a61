import { env } from "cloudflare:test";
import commonPasswords from "@zxcvbn-ts/language-common/src/passwords.json";
import { expect, test } from "vitest";
import { newPassword } from "#contracts/password.ts";
import { rehashPassword } from "#db/queries/passwords.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import { isCommonPassword } from "../common-password.ts";
import { hashPassword, isOutdatedHash, verifyPassword } from "../password.ts";
import { auth, db, newAddress, newUser, PASSWORD } from "./people.ts";

/*
 * Which passwords may be chosen, and how they are kept.
 */

test("the list of common passwords has more than 10 000 that are long enough, all in lower case", () => {
	const long = commonPasswords.filter((password) => newPassword.safeParse(password).success);
	expect(long.length).toBeGreaterThan(10_000);
	expect(commonPasswords.filter((password) => password !== password.toLowerCase())).toEqual([]);
});

test.each(["password", "PASSWORD", "PassWord", "iloveyou", "1q2w3e4r", "ｐａｓｓｗｏｒｄ"])(
	"the password %j is too common to be chosen, wherever one is chosen",
	async (password) => {
		const refusal = { ok: false, code: "password_too_common" };
		const username = newAddress();
		expect(await auth.register({ name: "Ada", username, password })).toEqual(refusal);
		expect(await findUserByEmail(db, username)).toBeNull();
		const { id: userId } = await newUser();
		const change = { userId, currentPassword: PASSWORD, newPassword: password };
		expect(await auth.changePassword(change)).toEqual(refusal);
	},
);

test("a password that merely has a common one in it may be chosen", () => {
	expect(isCommonPassword("password of mine")).toBe(false);
});

test.each<[string, string, boolean]>([
	["7 characters", "1234567", false],
	["8 characters", "a1b2c3d4", true],
	["8 letters that are composed of two characters each", "e\u0301".repeat(8), true],
	["7 such letters, in 14 characters", "e\u0301".repeat(7), false],
	["8 emoji", "🎵".repeat(8), true],
	["128 characters", "x".repeat(128), true],
	["129 characters", "x".repeat(129), false],
	["128 letters, composed of two characters each", "e\u0301".repeat(128), true],
	["8 characters that stand for 144", "\ufdfa".repeat(8), false],
	["10 000 characters", "x".repeat(10_000), false],
])("a password of %s: %j", (_, password, isAccepted) => {
	expect(newPassword.safeParse(password).success).toBe(isAccepted);
});

test("the longest password that can be chosen opens the account", async () => {
	const user = await newUser(newAddress(), "e\u0301".repeat(128));
	expect(await auth.login(user.username, user.password)).toMatchObject({ ok: true });
});

test("10 000 characters are refused before anything is made of them", async () => {
	// Any derivation would have to read the hash first, and throw.
	await expect(verifyPassword("x".repeat(1024), "unreadable")).rejects.toThrow("unreadable");
	expect(await verifyPassword("x".repeat(10_000), "unreadable")).toBe(false);
});

test("an account without a password is opened by none, its mark included", async () => {
	const user = await newUser();
	await env.DB.prepare("update users set password_hash = '!' where id = ?").bind(user.id).run();
	for (const password of ["!", "", PASSWORD]) {
		expect(await auth.login(user.username, password)).toEqual({
			ok: false,
			code: "invalid_credentials",
		});
	}
	const change = { userId: user.id, newPassword: "another horse battery" };
	expect(await auth.changePassword({ ...change, currentPassword: "!" })).toEqual({
		ok: false,
		code: "password_not_set",
	});
});

// scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1, 64): RFC 7914, section 12.
const OUTDATED = `$scrypt$ln=14,r=8,p=1$${btoa("SodiumChloride").replace(/=+$/, "")}$${Uint8Array.fromHex(
	"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
).toBase64({ omitPadding: true })}`;

const hashOf = (username: string) =>
	findUserByEmail(db, username).then((user) => user?.passwordHash ?? "");

test("a hash of weaker times is made anew at login, and not by a wrong password", async () => {
	const user = await newUser();
	await env.DB.prepare("update users set password_hash = ? where id = ?")
		.bind(OUTDATED, user.id)
		.run();
	await auth.login(user.username, "pleaseletmeout");
	expect(await hashOf(user.username)).toBe(OUTDATED);
	expect(await auth.login(user.username, "pleaseletmein")).toMatchObject({ ok: true });
	const renewed = await hashOf(user.username);
	expect(isOutdatedHash(renewed)).toBe(false);
	expect(await auth.login(user.username, "pleaseletmein")).toMatchObject({ ok: true });
	expect(await hashOf(user.username)).toBe(renewed);
});

test("a hash that is made anew does not bring an old password back", async () => {
	const user = await newUser();
	const [checked, changed] = [await hashOf(user.username), await hashPassword("changed meanwhile")];
	await env.DB.prepare("update users set password_hash = ? where id = ?")
		.bind(changed, user.id)
		.run();
	const late = { id: user.id, passwordHash: checked };
	await rehashPassword(db, late, await hashPassword(PASSWORD));
	expect(await hashOf(user.username)).toBe(changed);
});
