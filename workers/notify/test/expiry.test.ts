import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { newConversionId, newUserId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { users } from "#db/schema/users.ts";
import { announceExpiries } from "../announce-expiries.ts";
import {
	bindings,
	converted,
	db,
	deliver,
	messageFor,
	recordingEmail,
	type Settled,
	settled,
} from "./delivery.ts";

/** Owners are told before an MP3 is deleted. */

const HOUR_MS = 60 * 60 * 1000;

/** A done conversion, and when its MP3 is deleted. */
async function done(): Promise<Settled & { expiresAtMs: number }> {
	const finished = await settled(converted);
	await deliver([messageFor(finished)], { MP3_KEPT_DAYS: 30 });
	const row = await db.select().from(conversions).where(eq(conversions.id, finished.id)).get();
	const expiresAtMs = row?.expiresAtMs ?? 0;
	expect(expiresAtMs).toBe((row?.finishedAtMs ?? 0) + 30 * 24 * HOUR_MS);
	return { ...finished, expiresAtMs };
}

/** The mails to some owners that a run sends. */
async function announce(owners: Settled[], nowMs: number, EMAIL = recordingEmail()) {
	await announceExpiries({ ...bindings, EMAIL }, db, nowMs);
	const mails = await Promise.all(EMAIL.sent);
	const addresses = owners.map(({ email }) => email);
	return mails.filter((mail) => addresses.includes(mail.to?.[0]?.address ?? ""));
}

test("the day before, and not earlier, a mail says when, and hands the MP3 out once more", async () => {
	const conversion = await done();
	expect(await announce([conversion], conversion.expiresAtMs - 25 * HOUR_MS)).toEqual([]);
	const [mail] = await announce([conversion], conversion.expiresAtMs - 23 * HOUR_MS);
	expect(mail?.subject).toBe("Last day of your MP3: holiday.mp4");
	for (const body of [mail?.text, mail?.html]) {
		expect(body).toContain("Hello Ada");
		expect(body).toContain(conversion.id);
		expect(body).toMatch(/deleted on \w+day, \d+ \w+ \d{4}, \d\d:\d\d UTC/);
	}
	const link = new URL(/https:\S+X-Amz-Signature=\w+/.exec(mail?.text ?? "")?.[0] ?? "");
	expect(link.pathname).toBe(`/mp3s/${conversion.id}/1.mp3`);
});

test("it is sent once, however many runs there are, at once or one after the other", async () => {
	const conversion = await done();
	const at = conversion.expiresAtMs - HOUR_MS;
	const runs = await Promise.all([1, 2, 3].map(() => announce([conversion], at)));
	expect(runs.flat()).toHaveLength(1);
	expect(await announce([conversion], at + 60_000)).toEqual([]);
});

test("what could not be sent is sent by the next run, and holds up no other mail", async () => {
	const owners = [await done(), await done()];
	const at = (owners[1]?.expiresAtMs ?? 0) - HOUR_MS;
	const [first, second] = [recordingEmail(1), recordingEmail()];
	const early = await announce(owners, at, first);
	const late = await announce(owners, at, second);
	expect([early.length, late.length]).toEqual([1, 1]);
	expect(early[0]?.to).not.toEqual(late[0]?.to);
});

test("mails that fail at every run, however many and however urgent, do not hold up the others", async () => {
	const userId = newUserId(1);
	await db.insert(users).values({
		id: userId,
		email: "full@example.com",
		name: "Ada",
		passwordHash: "-",
		createdAtMs: 1,
	});
	for (let expiresAtMs = 1; expiresAtMs <= 60; expiresAtMs++) {
		await db.insert(conversions).values({
			id: newConversionId(1),
			userId,
			status: "done",
			filename: "holiday.mp4",
			options: { quality: "high" },
			sourceSizeBytes: 5,
			attempt: 1,
			createdAtMs: 1,
			expiresAtMs,
		});
	}
	const conversion = await done();
	await db.update(conversions).set({ expiresAtMs: 61 }).where(eq(conversions.id, conversion.id));
	const send = recordingEmail();
	const EMAIL: typeof send = {
		sent: send.sent,
		send: async (message) => {
			if (message.to !== conversion.email) throw new Error("the mailbox is full");
			return send.send(message as EmailMessage);
		},
	};
	// Each run takes 50 of the 61, by chance.
	for (let run = 0; run < 40 && EMAIL.sent.length === 0; run++) {
		await announceExpiries({ ...bindings, EMAIL }, db, 61);
	}
	expect(EMAIL.sent).toHaveLength(1);
	await db.delete(conversions).where(eq(conversions.userId, userId));
});

test("nobody is told of what is no longer there", async () => {
	const conversion = await done();
	await db.update(conversions).set({ status: "expired" }).where(eq(conversions.id, conversion.id));
	expect(await announce([conversion], conversion.expiresAtMs - HOUR_MS)).toEqual([]);
});
