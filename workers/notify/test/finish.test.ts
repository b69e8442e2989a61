import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { conversions } from "#db/schema/conversions.ts";
import { mails } from "#db/schema/mails.ts";
import {
	bindings,
	converted,
	db,
	deliver,
	messageFor,
	recordingEmail,
	settled,
	statusOf,
} from "./delivery.ts";

const failed = { type: "failed" as const, error: jobErrorFor("no_audio_track") };

test("a converted attempt becomes done, its owner is told, and only the MP3 is kept", async () => {
	const done = await settled(converted);
	const EMAIL = recordingEmail();
	const result = await deliver([messageFor(done)], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(await statusOf(done.id)).toBe("done");
	expect(EMAIL.sent).toHaveLength(1);
	expect(await bindings.VIDEOS.head(done.id)).toBeNull();
	expect(await bindings.MP3S.head(`${done.id}/1.mp3`)).not.toBeNull();
});

test("a video is kept for a while after success where the settings say so", async () => {
	const done = await settled(converted);
	await deliver([messageFor(done)], { VIDEO_GRACE_SECONDS: 60 });
	expect(await bindings.VIDEOS.head(done.id)).not.toBeNull();
	const row = await db.select().from(conversions).where(eq(conversions.id, done.id)).get();
	expect(row?.videoExpiresAtMs).toBe((row?.finishedAtMs ?? 0) + 60_000);
});

test("after a failure that another try may cure, the video is kept for it and nothing else", async () => {
	const lost = await settled({ type: "failed", error: jobErrorFor("timed_out") });
	await bindings.MP3S.put(`${lost.id}/1.mp3`, "half an MP3");
	await deliver([messageFor(lost)]);
	expect(await statusOf(lost.id)).toBe("failed");
	expect(await bindings.VIDEOS.head(lost.id)).not.toBeNull();
	expect((await bindings.MP3S.list({ prefix: lost.id })).objects).toEqual([]);
});

test("a failed attempt becomes failed, its owner is told, and nothing is kept in R2", async () => {
	const lost = await settled(failed);
	await bindings.MP3S.put(`${lost.id}/1.mp3`, "half an MP3");
	const EMAIL = recordingEmail();
	await deliver([messageFor(lost)], { EMAIL });
	expect(await statusOf(lost.id)).toBe("failed");
	expect(EMAIL.sent).toHaveLength(1);
	expect(await bindings.VIDEOS.head(lost.id)).toBeNull();
	expect((await bindings.MP3S.list({ prefix: lost.id })).objects).toEqual([]);
});

test("what superseded attempts stored is deleted", async () => {
	const done = await settled(converted, { attempt: 3 });
	await bindings.MP3S.put(`${done.id}/1.mp3`, "stale");
	await bindings.MP3S.put(`${done.id}/2.mp3`, "stale");
	await deliver([messageFor(done)]);
	const { objects } = await bindings.MP3S.list({ prefix: done.id });
	expect(objects.map(({ key }) => key)).toEqual([`${done.id}/3.mp3`]);
});

test("what the next attempt has stored, while its owner was being told of this one, is kept", async () => {
	const lost = await settled({ type: "failed", error: jobErrorFor("timed_out") });
	const EMAIL = new Proxy(recordingEmail(), {
		get: (target, name) => async (message: EmailMessage) => {
			if (name !== "send") throw new Error(`nobody expected ${String(name)}`);
			await db
				.update(conversions)
				.set({ status: "queued", attempt: 2 })
				.where(eq(conversions.id, lost.id));
			await bindings.MP3S.put(`${lost.id}/2.mp3`, "the next attempt's");
			return target.send(message);
		},
	});
	await deliver([messageFor(lost)], { EMAIL });
	expect(await bindings.MP3S.head(`${lost.id}/2.mp3`)).not.toBeNull();
});

test("a second delivery of the same message sends no second mail", async () => {
	const done = await settled(converted);
	const EMAIL = recordingEmail();
	await deliver([messageFor(done), messageFor(done)], { EMAIL });
	const again = await deliver([messageFor(done)], { EMAIL });
	expect(again.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(1);
});

test("ten deliveries at once send one mail", async () => {
	const done = await settled(converted);
	const EMAIL = recordingEmail();
	await Promise.all(Array.from({ length: 10 }, () => deliver([messageFor(done)], { EMAIL })));
	expect(EMAIL.sent).toHaveLength(1);
	expect(await statusOf(done.id)).toBe("done");
});

test("while another delivery is sending, this one comes back later to see that it did", async () => {
	const done = await settled(converted);
	await deliver([messageFor(done)], { EMAIL: recordingEmail(1) });
	await db
		.update(mails)
		.set({ leasedUntilMs: Date.now() + 60_000 })
		.where(eq(mails.conversionId, done.id));
	const EMAIL = recordingEmail();
	const waiting = await deliver([messageFor(done)], { EMAIL });
	expect(waiting.explicitAcks).toEqual([]);
	expect(waiting.retryMessages).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(0);
});

test("a delivery that died while sending is made good when its lease has run out", async () => {
	const done = await settled(converted);
	await deliver([messageFor(done)], { EMAIL: recordingEmail(1) });
	await db
		.update(mails)
		.set({ leasedUntilMs: Date.now() - 1 })
		.where(eq(mails.conversionId, done.id));
	const EMAIL = recordingEmail();
	await deliver([messageFor(done)], { EMAIL });
	expect(EMAIL.sent).toHaveLength(1);
});

test("a mail that could not be sent is tried again at the next delivery, and the result stands", async () => {
	const done = await settled(converted);
	const EMAIL = recordingEmail(1);
	const first = await deliver([messageFor(done)], { EMAIL });
	expect(first.retryMessages).toHaveLength(1);
	expect(await statusOf(done.id)).toBe("done");
	expect(EMAIL.sent).toHaveLength(0);
	const second = await deliver([messageFor(done)], { EMAIL }, 2);
	expect(second.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(1);
});

test("a message for a superseded attempt tells nobody anything", async () => {
	const done = await settled(converted, { attempt: 2 });
	const EMAIL = recordingEmail();
	const result = await deliver([{ ...messageFor(done), attempt: 1 }], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(0);
	expect(await statusOf(done.id)).toBe("converting");
});

test("a forged message cannot finish what no transcoder has settled", async () => {
	const open = await settled(converted);
	await db
		.update(conversions)
		.set({ outcome: null, settledAtMs: null })
		.where(eq(conversions.id, open.id));
	const EMAIL = recordingEmail();
	await deliver([messageFor(open)], { EMAIL });
	expect(await statusOf(open.id)).toBe("converting");
	expect(EMAIL.sent).toHaveLength(0);
	expect(await bindings.VIDEOS.head(open.id)).not.toBeNull();
});

test.each([
	["an unknown version", { v: 2, conversionId: "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", attempt: 1 }],
	["a malformed id", { v: 1, conversionId: "1; drop table users", attempt: 1 }],
	["an unknown field", { v: 1, conversionId: "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV", attempt: 1, x: 1 }],
	["text", "hello"],
	["nothing", null],
])("a message with %s goes to the dead letters as it is, at once", async (_, body) => {
	const dead: unknown[] = [];
	const MP3_DLQ = { ...bindings.MP3_DLQ, send: async (sent: unknown) => void dead.push(sent) };
	const result = await deliver([body], { MP3_DLQ: MP3_DLQ as unknown as Queue });
	expect(dead).toEqual([body]);
	expect(result.explicitAcks).toHaveLength(1);
	expect(result.retryMessages).toEqual([]);
});

test("an unreadable message holds up no other in its batch, even when the dead letters are down", async () => {
	const done = await settled(converted);
	const MP3_DLQ = { send: () => Promise.reject(new Error("down")) } as unknown as Queue;
	const result = await deliver(["hello", messageFor(done)], { MP3_DLQ });
	expect(result.explicitAcks).toHaveLength(1);
	expect(result.retryMessages).toHaveLength(1);
	expect(await statusOf(done.id)).toBe("done");
});
