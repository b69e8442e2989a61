import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { oweMailAgain } from "#db/queries/mail-lease.ts";
import { conversions } from "#db/schema/conversions.ts";
import { mails } from "#db/schema/mails.ts";
import { crashingAt } from "./crash.ts";
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
import {
	conversionOf,
	deliverLetters,
	endLease,
	keptLetter,
	letter,
	mailsOf,
	queued,
} from "./letters.ts";

/*
 * Messages of `mp3` that could not be handled however often they came.
 */

/** A conversion that has ended some time ago, and whose owner could not be told. */
async function untold(endedAgoMs = 61 * 60 * 1000): Promise<Settled> {
	const conversion = await settled(converted);
	await deliver([messageFor(conversion)], { EMAIL: recordingEmail(1) });
	await db
		.update(conversions)
		.set({ finishedAtMs: Date.now() - endedAgoMs })
		.where(eq(conversions.id, conversion.id));
	return conversion;
}

test.each([
	["done", converted],
	["failed", { type: "failed" as const, error: jobErrorFor("no_audio_track") }],
])("an attempt that was settled becomes %s, and its owner is told", async (status, outcome) => {
	const conversion = await settled(outcome);
	const sent = letter(messageFor(conversion));
	const EMAIL = recordingEmail();
	const result = await deliverLetters("mp3-dlq", [sent], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect((await conversionOf(conversion))?.status).toBe(status);
	expect(EMAIL.sent).toHaveLength(1);
	expect(await keptLetter(sent)).toMatchObject({ queue: "mp3", body: messageFor(conversion) });
});

test("an owner who was not told of what is final is told", async () => {
	const conversion = await settled(converted);
	await deliver([messageFor(conversion)], { EMAIL: recordingEmail(1) });
	const EMAIL = recordingEmail();
	await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
	expect(await mailsOf(conversion)).toMatchObject([{ givenUpAtMs: null }]);
});

test("a mail that cannot be sent now, either, is given up; all the rest is done", async () => {
	const conversion = await untold();
	const sent = letter(messageFor(conversion));
	const EMAIL = recordingEmail(1);
	const result = await deliverLetters("mp3-dlq", [sent], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect((await conversionOf(conversion))?.status).toBe("done");
	expect(await bindings.VIDEOS.head(conversion.id)).toBeNull();
	expect(await mailsOf(conversion)).toMatchObject([
		{
			sentAtMs: null,
			givenUpAtMs: expect.any(Number),
			givenUpBecause: "MailDelayed: unknown: Error: the mail service is down",
		},
	]);
	// By then it would work.
	await deliver([messageFor(conversion)], { EMAIL });
	await deliverLetters("mp3-dlq", [sent, letter(sent.body)], { EMAIL });
	expect(EMAIL.sent).toEqual([]);
});

test("a forged letter has no mail given up, even while the mail service is down", async () => {
	const conversion = await untold(59 * 60 * 1000);
	const EMAIL = recordingEmail(1);
	const result = await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL });
	expect(result.retryMessages).toHaveLength(1);
	await deliver([messageFor(conversion)], { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
});

test("once it is owed again, it is sent, once", async () => {
	const conversion = await untold();
	const EMAIL = recordingEmail(1);
	await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL });
	await oweMailAgain(db, { id: conversion.id, attempt: 1, kind: "outcome" });
	await deliver([messageFor(conversion)], { EMAIL });
	await oweMailAgain(db, { id: conversion.id, attempt: 1, kind: "outcome" });
	await deliver([messageFor(conversion)], { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
});

test("what is not settled is left alone: the letter was forged", async () => {
	const conversion = await queued();
	const before = await conversionOf(conversion);
	const EMAIL = recordingEmail();
	await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL });
	expect(await conversionOf(conversion)).toEqual(before);
	expect(EMAIL.sent).toEqual([]);
});

test("while somebody else is sending the mail, the letter comes again to see that they did", async () => {
	const conversion = await settled(converted);
	await deliver([messageFor(conversion)], { EMAIL: recordingEmail(1) });
	await db
		.update(mails)
		.set({ leasedUntilMs: Date.now() + 60_000 })
		.where(eq(mails.conversionId, conversion.id));
	const EMAIL = recordingEmail();
	const waiting = await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { EMAIL });
	expect(waiting.retryMessages).toHaveLength(1);
	expect(EMAIL.sent).toEqual([]);
	expect(await mailsOf(conversion)).toMatchObject([{ givenUpAtMs: null }]);
});

test("what was sent counts as sent, though somebody gave it up meanwhile", async () => {
	const conversion = await settled(converted);
	const EMAIL = recordingEmail();
	const givenUpFirst = new Proxy(EMAIL, {
		get: (target, name) => async (message: EmailMessage) => {
			if (name !== "send") throw new Error(`nobody expected ${String(name)}`);
			await db
				.update(mails)
				.set({ givenUpAtMs: 1, givenUpBecause: "too early" })
				.where(eq(mails.conversionId, conversion.id));
			return target.send(message);
		},
	});
	await deliver([messageFor(conversion)], { EMAIL: givenUpFirst });
	expect(await mailsOf(conversion)).toMatchObject([
		{ sentAtMs: expect.any(Number), givenUpAtMs: null, givenUpBecause: null },
	]);
});

test("because D1 did not answer, no mail is given up", async () => {
	const conversion = await untold();
	const EMAIL = recordingEmail();
	// It fails to lease the mail, and works again right after that.
	const DB = new Proxy(bindings.DB, {
		get(target, name) {
			const member = Reflect.get(target, name, target);
			if (typeof member !== "function") return member;
			return (...given: unknown[]) => {
				const isLease = name === "prepare" && /^update "mails" set "leased/.test(String(given[0]));
				if (!isLease) return Reflect.apply(member, target, given);
				const fails = () => Promise.reject(new Error("D1 did not answer"));
				return { bind: () => ({ all: fails, raw: fails, run: fails }) };
			};
		},
	});
	const result = await deliverLetters("mp3-dlq", [letter(messageFor(conversion))], { DB, EMAIL });
	expect(result.retryMessages).toHaveLength(1);
	expect(await mailsOf(conversion)).toMatchObject([{ sentAtMs: null, givenUpAtMs: null }]);
});

test("wherever the Worker dies, the next delivery makes it good", async () => {
	for (let step = 1, crashed = true; crashed; step++) {
		const conversion = await settled(converted);
		const sent = letter(messageFor(conversion));
		const EMAIL = recordingEmail();
		const { replaced, hasCrashed } = crashingAt(step);
		await deliverLetters("mp3-dlq", [sent], { ...replaced, EMAIL });
		crashed = hasCrashed();
		const isForgotten =
			EMAIL.sent.length === 1 && (await mailsOf(conversion))[0]?.sentAtMs === null;
		await endLease(conversion);
		const second = await deliverLetters("mp3-dlq", [sent], { EMAIL });
		expect(second.explicitAcks).toHaveLength(1);
		expect(EMAIL.sent).toHaveLength(isForgotten ? 2 : 1);
		expect((await conversionOf(conversion))?.status).toBe("done");
		expect(await bindings.VIDEOS.head(conversion.id)).toBeNull();
	}
});

test.each(["hello", null, { v: 9 }, [1], '{"a":', 12])(
	"%j cannot be read: it is kept, and that is all",
	async (body) => {
		const sent = letter(body);
		const result = await deliverLetters("mp3-dlq", [sent]);
		expect(result.explicitAcks).toHaveLength(1);
		expect((await keptLetter(sent))?.body).toEqual(body === null ? "null" : body);
	},
);
