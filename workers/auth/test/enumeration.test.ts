import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { connect } from "#db/connect.ts";
import { register } from "../register.ts";
import { requestEmailChange } from "../request-email-change.ts";
import { requestPasswordReset } from "../request-password-reset.ts";
import {
	countingD1,
	mailedToken,
	newAddress,
	newStranger,
	newUser,
	outbox,
	PASSWORD,
} from "./people.ts";

/*
 * Who has an account is told by mail alone: what auth does for an address, and so how long it takes, is
 * the same whoever's it is. (What the gateway answers is compared in its own tests.)
 */

async function addresses(): Promise<Record<string, string>> {
	const troubled = await newUser();
	for (let time = 0; time < 3; time++) await mailedToken(troubled.id, "reset");
	return {
		unknown: newAddress(),
		unconfirmed: (await newStranger()).username,
		known: (await newUser()).username,
		"has had enough mail": troubled.username,
	};
}

/** How often D1 and the queue are asked for each. */
async function work(
	act: (db: ReturnType<typeof connect>, mail: ReturnType<typeof outbox>, email: string) => unknown,
) {
	const done: Record<string, unknown> = {};
	for (const [whose, email] of Object.entries(await addresses())) {
		const { DB, asked } = countingD1();
		const mail = outbox();
		const result = await act(connect(DB), mail, email);
		done[whose] = { result, asked: asked(), mails: mail.sent.length };
	}
	return Object.values(done);
}

const alike = (works: unknown[]) => expect(new Set(works.map((one) => JSON.stringify(one))).size);

test("registering", async () => {
	const works = await work((db, mail, username) =>
		register(db, mail, { name: "Eve", username, password: PASSWORD }, Date.now()).then(
			({ ok }) => ok,
		),
	);
	alike(works).toBe(1);
	expect(works[0]).toEqual({ result: true, asked: expect.any(Number), mails: 1 });
});

test("asking for a new password", async () => {
	const works = await work((db, mail, email) => requestPasswordReset(db, mail, email, Date.now()));
	alike(works).toBe(1);
	expect(works[0]).toMatchObject({ mails: 1 });
});

test("moving to another address", async () => {
	const works = await work(async (db, mail, username) => {
		const { id: userId } = await newUser();
		return requestEmailChange(db, mail, { userId, username, password: PASSWORD }, Date.now());
	});
	alike(works).toBe(1);
	expect(works[0]).toMatchObject({ result: { ok: true }, mails: 1 });
});

test("the counter counts (so that what is alike above means something)", async () => {
	const { DB, asked } = countingD1();
	await requestPasswordReset(connect(DB), outbox(), newAddress(), Date.now());
	expect(asked()).toBeGreaterThan(0);
	expect(env.DB).not.toBe(DB);
});
