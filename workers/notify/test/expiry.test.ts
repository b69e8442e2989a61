import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { conversions } from "#db/schema/conversions.ts";
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

test("nobody is told of what is no longer there", async () => {
	const conversion = await done();
	await db.update(conversions).set({ status: "expired" }).where(eq(conversions.id, conversion.id));
	expect(await announce([conversion], conversion.expiresAtMs - HOUR_MS)).toEqual([]);
});
