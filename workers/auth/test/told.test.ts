import { expect, test } from "vitest";
import { findUserByEmail } from "#db/queries/users.ts";
import { changePassword } from "../change-password.ts";
import { confirmEmailChange } from "../confirm-email-change.ts";
import { confirmPasswordReset } from "../confirm-password-reset.ts";
import { register } from "../register.ts";
import { requestEmailChange } from "../request-email-change.ts";
import { requestPasswordReset } from "../request-password-reset.ts";
import {
	db,
	mailedMove,
	mailedToken,
	newAddress,
	newStranger,
	newUser,
	outbox,
	PASSWORD,
} from "./people.ts";

/*
 * Who is written to about what. No message has a secret in it.
 */

const NEW_PASSWORD = "another horse battery";
const nowMs = Date.now();

test.each([
	["a new address: its user is to confirm it", newAddress, "verify"],
	[
		"one that nobody has confirmed: whoever comes last is",
		async () => (await newStranger()).username,
		"verify",
	],
	[
		"one that has an account: its owner is told",
		async () => (await newUser()).username,
		"address_in_use",
	],
])("registering %s", async (_, address, kind) => {
	const mail = outbox();
	const username = await address();
	await register(db, mail, { name: "Ada", username, password: PASSWORD }, nowMs);
	const owner = await findUserByEmail(db, username);
	expect(mail.sent).toEqual([{ kind, userId: owner?.id }]);
});

test("who has forgotten the password is mailed a link, and told when it has been used", async () => {
	const { id: userId, username } = await newUser();
	const mail = outbox();
	await requestPasswordReset(db, mail, username, nowMs);
	const reset = { token: await mailedToken(userId, "reset"), password: NEW_PASSWORD };
	await confirmPasswordReset(db, mail, reset, Date.now());
	await confirmPasswordReset(db, mail, reset, Date.now());
	expect(mail.sent).toEqual([
		{ kind: "reset", userId },
		{ kind: "password_changed", userId },
	]);
});

test("for an address that nobody has, a link is asked for nobody", async () => {
	const mail = outbox();
	await requestPasswordReset(db, mail, newAddress(), nowMs);
	const [message] = mail.sent;
	if (message === undefined) throw new Error("nothing was sent");
	await expect(mailedToken(message.userId, "reset")).rejects.toThrow("no link");
});

test("what is done stays done, and is said to be, when the queue cannot be reached", async () => {
	const { id: userId, username } = await newUser();
	const down = () => Promise.reject(new Error("the queue is down"));
	const change = { userId, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
	expect(await changePassword(db, down, change)).toEqual({ ok: true });
	const reset = { token: await mailedToken(userId, "reset"), password: PASSWORD };
	expect(await confirmPasswordReset(db, down, reset, Date.now())).toMatchObject({ ok: true });
	const email = newAddress();
	await requestEmailChange(db, outbox(), { userId, username: email, password: PASSWORD }, nowMs);
	const token = await mailedMove(userId, email);
	expect(await confirmEmailChange(db, down, token, Date.now())).toMatchObject({ ok: true });
	// What has still to be mailed can be asked for again.
	await expect(requestPasswordReset(db, down, username, nowMs)).rejects.toThrow("down");
});

test("who changes the password is told, and not when it did not change", async () => {
	const { id: userId } = await newUser();
	const mail = outbox();
	const change = { userId, currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
	await changePassword(db, mail, change);
	await changePassword(db, mail, change);
	expect(mail.sent).toEqual([{ kind: "password_changed", userId }]);
});

test("who moves is mailed a link at the new address, and told at the old one", async () => {
	const { id: userId, username } = await newUser();
	const mail = outbox();
	const email = newAddress();
	const change = { userId, username: email, password: PASSWORD };
	await requestEmailChange(db, mail, { ...change, password: NEW_PASSWORD }, nowMs);
	await requestEmailChange(db, mail, { ...change, username }, nowMs);
	await requestEmailChange(db, mail, change, Date.now());
	const token = await mailedMove(userId, email);
	await confirmEmailChange(db, mail, token, Date.now());
	await confirmEmailChange(db, mail, token, Date.now());
	expect(mail.sent).toEqual([
		{ kind: "change_email", userId, email },
		{ kind: "email_changed", userId, email: username },
	]);
});
