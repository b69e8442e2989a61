import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import type { Mp3Message } from "#contracts/mp3-message.ts";
import { newConversionId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { requeueLetter } from "../../../ops/requeue-letter.ts";
import {
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
	keptLetter,
	type Letter,
	letter,
	queued,
	videoBody,
} from "./letters.ts";

/*
 * What an operator's `npm run dlq -- requeue` does with letters that notify has kept.
 */

async function requeue(one: Letter) {
	const published: Mp3Message[] = [];
	const publish = async (message: Mp3Message) => void published.push(message);
	const kept = (await keptLetter(one)) ?? expect.fail("it was not kept");
	const { ok, said } = await requeueLetter(db, publish, kept, Date.now());
	const isNoted = (await keptLetter(one))?.requeuedAtMs !== null;
	return { ok, said, isNoted, published };
}

async function videoLetter(conversion: Settled): Promise<Letter> {
	const sent = letter(await videoBody(conversion));
	await deliverLetters("video-dlq", [sent]);
	return sent;
}

const change = ({ id }: Settled, columns: Partial<typeof conversions.$inferInsert>) =>
	db.update(conversions).set(columns).where(eq(conversions.id, id));

test("video: what has failed is queued as the next attempt, for the watchdog's next run", async () => {
	const conversion = await queued({ attempt: 2 });
	const sent = await videoLetter(conversion);
	expect(await requeue(sent)).toEqual({
		ok: true,
		said: `${conversion.id} is queued, as attempt 3. Its message is sent within a minute.`,
		isNoted: true,
		published: [],
	});
	expect(await conversionOf(conversion)).toMatchObject({
		status: "queued",
		attempt: 3,
		attemptsBefore: 2,
		outcome: null,
		settledAtMs: null,
		finishedAtMs: null,
		videoExpiresAtMs: null,
		resendAtMs: 0,
	});
});

test("video: asked for twice, or ten times at once, it begins one attempt", async () => {
	const conversion = await queued();
	const sent = await videoLetter(conversion);
	const all = await Promise.all(Array.from({ length: 10 }, () => requeue(sent)));
	expect(all.filter(({ ok }) => ok)).toHaveLength(1);
	expect((await requeue(sent)).said).toBe("Its conversion has come to attempt 2 since.");
	expect((await conversionOf(conversion))?.attempt).toBe(2);
});

const HOUR_MS = 60 * 60 * 1000;
const failed = { type: "failed" as const, error: jobErrorFor("internal") };

test.each<[string, Partial<typeof conversions.$inferInsert>]>([
	["Its video is no longer kept.", { videoExpiresAtMs: null }],
	["Its video is no longer kept.", { videoExpiresAtMs: Date.now() - HOUR_MS }],
	["Its conversion was done.", { status: "done" }],
	["Its conversion was done.", { status: "expired" }],
	["Its conversion was cancelled by its owner.", { status: "cancelled" }],
	["Its conversion is not over: it is queued.", { status: "queued" }],
	["Its conversion is not over: it is converting.", { status: "converting" }],
	["Its conversion has come to attempt 4 since.", { attempt: 4 }],
])("video: it says so when nothing can be restarted: %s %j", async (said, columns) => {
	const conversion = await queued();
	const sent = await videoLetter(conversion);
	await change(conversion, columns);
	const before = await conversionOf(conversion);
	expect(await requeue(sent)).toEqual({ ok: false, said, isNoted: false, published: [] });
	expect(await conversionOf(conversion)).toEqual(before);
});

test("mp3: the same message is published again, and a mail that was given up is sent then", async () => {
	const conversion = await settled(converted);
	const sent = letter(messageFor(conversion));
	const EMAIL = recordingEmail(2);
	await deliver([messageFor(conversion)], { EMAIL });
	await change(conversion, { finishedAtMs: Date.now() - 2 * HOUR_MS });
	await deliverLetters("mp3-dlq", [sent], { EMAIL });
	const requeued = await requeue(sent);
	expect(requeued).toMatchObject({ ok: true, isNoted: true, published: [messageFor(conversion)] });
	await deliver(requeued.published, { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
	const again = await requeue(sent);
	await deliver(again.published, { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
});

test("mp3: what is not noted as sent is sent again when the queue did not answer", async () => {
	const conversion = await settled(failed);
	const sent = letter(messageFor(conversion));
	await deliverLetters("mp3-dlq", [sent]);
	const kept = (await keptLetter(sent)) ?? expect.fail("it was not kept");
	const down = () => Promise.reject(new Error("the queue is down"));
	await expect(requeueLetter(db, down, kept, Date.now())).rejects.toThrow("the queue is down");
	expect(await requeue(sent)).toMatchObject({ ok: true, isNoted: true });
});

test.each<[string, Partial<typeof conversions.$inferInsert>]>([
	["Its conversion is not over: it is queued.", { status: "queued", settledAtMs: null }],
	["Its conversion is not over: it is converting.", { status: "converting", settledAtMs: null }],
	["Its conversion was cancelled by its owner.", { status: "cancelled" }],
	["Its conversion has come to attempt 4 since.", { attempt: 4 }],
])("mp3: it says so when there is nothing to finish: %s", async (said, columns) => {
	const conversion = await settled(converted);
	const sent = letter(messageFor(conversion));
	await deliverLetters("mp3-dlq", [sent]);
	await change(conversion, columns);
	expect(await requeue(sent)).toEqual({ ok: false, said, isNoted: false, published: [] });
});

test.each(["video-dlq", "mp3-dlq"] as const)(
	"%s: what is deleted, or could never be read, is gone",
	async (queue) => {
		const deleted = { id: newConversionId(Date.now()), attempt: 1, email: "" };
		const [gone, unreadable] = [letter(await videoBody(deleted)), letter("hello")];
		if (queue === "mp3-dlq") gone.body = messageFor(deleted);
		await deliverLetters(queue, [gone, unreadable]);
		expect(await requeue(gone)).toMatchObject({
			ok: false,
			said: "Its conversion has been deleted.",
		});
		expect(await requeue(unreadable)).toMatchObject({
			ok: false,
			said: "Nobody could read it, so nobody knows what it was for.",
		});
	},
);
