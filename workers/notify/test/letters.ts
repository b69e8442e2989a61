import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { QUEUE_RETENTION_SECONDS } from "#contracts/limits.ts";
import { conversions } from "#db/schema/conversions.ts";
import { deadLetters } from "#db/schema/dead-letters.ts";
import { mails } from "#db/schema/mails.ts";
import { issueControlToken } from "#signing/control-token.ts";
import notify from "../index.ts";
import { bindings, converted, db, type Settled, settled } from "./delivery.ts";

export interface Letter {
	id: string;
	body: unknown;
}

/** Something as the queue first delivers it to a consumer of dead letters. */
export const letter = (body: unknown): Letter => ({ id: crypto.randomUUID(), body });

/** Delivers letters; the same one again is another delivery of the same message. */
export async function deliverLetters(
	queue: "video-dlq" | "mp3-dlq",
	letters: Letter[],
	replaced: Partial<NotifyEnv> = {},
) {
	const delivered = letters.map((one) => ({ ...one, timestamp: new Date(), attempts: 1 }));
	const batch = createMessageBatch(queue, delivered);
	const context = createExecutionContext();
	await notify.queue(batch, { ...bindings, ...replaced });
	return getQueueResult(batch, context);
}

/** A conversion that waits for a transcoder. */
export async function queued({ attempt = 1 } = {}): Promise<Settled> {
	const conversion = await settled(converted, { attempt });
	const unsettled = { status: "queued", claimId: null, outcome: null, settledAtMs: null } as const;
	await db.update(conversions).set(unsettled).where(eq(conversions.id, conversion.id));
	return conversion;
}

/** The message of `video` for an attempt, with all its capabilities. */
export async function videoBody(
	{ id, attempt }: Settled,
	{ controlKey = bindings.CONTROL_KEY, sentAtMs = Date.now() } = {},
) {
	const now = new Date(sentAtMs);
	const token = await issueControlToken(controlKey, { id, attempt }, QUEUE_RETENTION_SECONDS, now);
	return {
		v: 1,
		conversionId: id,
		attempt,
		options: { quality: "high" },
		limits: { maxDurationSeconds: 600 },
		source: {
			url: `https://r2.test/videos/${id}?X-Amz-Signature=${"ab".repeat(32)}`,
			sizeBytes: 5,
		},
		target: { url: `https://r2.test/mp3s/${id}?X-Amz-Signature=${"cd".repeat(32)}`, headers: {} },
		control: { url: `https://earshot.test/control/${id}`, token },
	};
}

export const conversionOf = ({ id }: Settled) =>
	db.select().from(conversions).where(eq(conversions.id, id)).get();

export const mailsOf = ({ id }: Settled) =>
	db.select().from(mails).where(eq(mails.conversionId, id));

export const keptLetter = ({ id }: Letter) =>
	db.select().from(deadLetters).where(eq(deadLetters.id, id)).get();

/** As if the lease of a mail that a dead Worker was sending had run out. */
export const endLease = ({ id }: Settled) =>
	db.update(mails).set({ leasedUntilMs: 0 }).where(eq(mails.conversionId, id));
