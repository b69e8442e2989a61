import {
	createExecutionContext,
	createMessageBatch,
	env,
	getQueueResult,
	type QueueResult,
} from "cloudflare:test";
import PostalMime, { type Email } from "postal-mime";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { connect } from "#db/connect.ts";
import { newConversionId, newUserId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { users } from "#db/schema/users.ts";
import notify from "../index.ts";

export const bindings = env as NotifyEnv;
export const db = connect(env.DB);

export const converted: ConversionOutcome = {
	type: "converted",
	source: { container: "mov,mp4", audioCodec: "aac", durationSeconds: 187 },
	output: {
		codec: "mp3",
		encoding: "vbr",
		cappedToSource: false,
		sha256: "ab".repeat(32),
		sizeBytes: 3,
		durationSeconds: 187,
		bitrateKbps: 189.6,
		sampleRateHz: 44_100,
		channels: 2,
	},
};

export interface Settled {
	id: ConversionId;
	email: string;
	attempt: number;
}

/** A conversion that a transcoder has settled, with its objects in R2. */
export async function settled(
	outcome: ConversionOutcome,
	{ filename = "holiday.mp4", attempt = 1, name = "Ada" } = {},
): Promise<Settled> {
	const nowMs = Date.now();
	const [userId, id]: [UserId, ConversionId] = [newUserId(nowMs), newConversionId(nowMs)];
	const email = `${crypto.randomUUID()}@example.com`;
	await db.insert(users).values({ id: userId, email, name, passwordHash: "-", createdAtMs: nowMs });
	await db.insert(conversions).values({
		id,
		userId,
		status: "converting",
		filename,
		options: { quality: "high" },
		sourceSizeBytes: 5,
		attempt,
		claimId: crypto.randomUUID(),
		outcome,
		settledAtMs: nowMs,
		createdAtMs: nowMs,
	});
	await bindings.VIDEOS.put(id, "video");
	if (outcome.type === "converted") await bindings.MP3S.put(`${id}/${attempt}.mp3`, "mp3");
	return { id, email, attempt };
}

export const messageFor = ({ id, attempt }: Settled) => ({ v: 1, conversionId: id, attempt });

/** An EMAIL binding that sends for real and keeps what it sent; it can be told to fail first. */
export function recordingEmail(failures = 0): SendEmail & { sent: Promise<Email>[] } {
	const sent: Promise<Email>[] = [];
	let left = failures;
	return {
		sent,
		async send(message: EmailMessage | EmailMessageBuilder): Promise<EmailSendResult> {
			if (left-- > 0) throw new Error("the mail service is down");
			const raw = (message as unknown as Record<string, string>)["EmailMessage::raw"];
			sent.push(PostalMime.parse(raw ?? ""));
			return bindings.EMAIL.send(message as EmailMessage);
		},
	};
}

/** Delivers one batch of messages on a queue, `mp3` unless another is named, as the queue would. */
export async function deliver(
	bodies: unknown[],
	replaced: Partial<NotifyEnv> = {},
	attempts = 1,
	queue = "mp3",
): Promise<QueueResult> {
	const batch = createMessageBatch(
		queue,
		bodies.map((body) => ({
			id: crypto.randomUUID(),
			timestamp: new Date(),
			attempts,
			body,
		})),
	);
	const context = createExecutionContext();
	await notify.queue(batch, { ...bindings, ...replaced });
	return getQueueResult(batch, context);
}

export const statusOf = (id: string) =>
	env.DB.prepare("select status from conversions where id = ?").bind(id).first("status");

/**
 * A queue that keeps what is sent to it for the test to deliver, or that is down. On to Miniflare's own
 * goes nothing: it would deliver by itself.
 */
export function recordingQueue(down?: string): Queue & { messages: unknown[] } {
	const messages: unknown[] = [];
	const keep = (bodies: unknown[]) => {
		if (down !== undefined) throw new Error(down);
		messages.push(...bodies);
		return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
	};
	return {
		...bindings.WEBHOOK_QUEUE,
		messages,
		send: async (message) => keep([message]),
		sendBatch: async (batch) => keep([...batch].map(({ body }) => body)),
	};
}
