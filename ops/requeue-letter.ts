import { type Mp3Message, mp3Message } from "#contracts/mp3-message.ts";
import type { Db } from "#db/connect.ts";
import { findLife, type Life, restartFailedAttempt } from "#db/queries/conversion-restart.ts";
import { noteRequeued } from "#db/queries/dead-letters.ts";
import { oweMailAgain } from "#db/queries/mail-lease.ts";
import type { DeadLetter } from "#db/schema/dead-letters.ts";

/** Whether a letter is on its way again, and what that means or why it is not, in words. */
export interface Requeued {
	ok: boolean;
	said: string;
}

/** Sends a message to the queue `mp3`. */
export type Publish = (message: Mp3Message) => Promise<void>;

/** Has what a dead letter was for tried once more. */
export async function requeueLetter(
	db: Db,
	publish: Publish,
	{ id, queue, body }: DeadLetter,
	nowMs: number,
): Promise<Requeued> {
	const parsed = mp3Message.safeParse(body);
	if (!parsed.success) return impossible("Nobody could read it, so nobody knows what it was for.");
	const requeued =
		queue === "video"
			? await restart(db, parsed.data, nowMs)
			: await finish(db, publish, parsed.data);
	if (requeued.ok) await noteRequeued(db, id, nowMs);
	return requeued;
}

/** `video`: the URLs that were in it are gone, so the conversion's next attempt gets new ones. */
async function restart(
	db: Db,
	{ conversionId, attempt }: Mp3Message,
	nowMs: number,
): Promise<Requeued> {
	const restarted = await restartFailedAttempt(db, { id: conversionId, attempt }, nowMs);
	if (restarted !== null) {
		return {
			ok: true,
			said: `${conversionId} is queued, as attempt ${restarted.attempt}. Its message is sent within a minute.`,
		};
	}
	const life = await findLife(db, conversionId);
	return impossible(obstacleTo(life, attempt) ?? "Its video is no longer kept.");
}

/** `mp3`: the same message again. A mail that was given up meanwhile is owed again. */
async function finish(db: Db, publish: Publish, message: Mp3Message): Promise<Requeued> {
	const { conversionId: id, attempt } = message;
	const life = await findLife(db, id);
	const isFinal = life?.status === "done" || life?.status === "failed";
	const isSettled = life?.status === "converting" && life.settledAtMs !== null;
	if (life?.attempt !== attempt || !(isFinal || isSettled)) {
		return impossible(obstacleTo(life, attempt) ?? "Look again.");
	}
	await oweMailAgain(db, { id, attempt, kind: "outcome" });
	await publish(message);
	return { ok: true, said: `${id} is finished once more, and its owner told who was not.` };
}

const impossible = (said: string): Requeued => ({ ok: false, said });

/** Null: it has failed, in this attempt. */
function obstacleTo(life: Life | null, attempt: number): string | null {
	if (life === null) return "Its conversion has been deleted.";
	if (life.attempt !== attempt) return `Its conversion has come to attempt ${life.attempt} since.`;
	switch (life.status) {
		case "uploading":
		case "queued":
		case "converting":
			return `Its conversion is not over: it is ${life.status}.`;
		case "done":
		case "expired":
			return "Its conversion was done.";
		case "cancelled":
			return "Its conversion was cancelled by its owner.";
		case "failed":
			return null;
	}
}
