import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Exchange, Fault } from "./exchange.ts";

/**
 * Cloudflare Queues' REST API for pull consumers, with its limits: 100 messages a pull, 128 KB a
 * message, leases of at most 12 hours, base64 bodies for JSON.
 */

const TWELVE_HOURS_MS = 12 * 60 * 60 * 1000;

const pullBody = z.strictObject({
	batch_size: z.int().min(1).max(100),
	visibility_timeout_ms: z.int().min(1).max(TWELVE_HOURS_MS),
});
const leaseId = z.string().min(1);
const ackBody = z.strictObject({
	acks: z.array(z.strictObject({ lease_id: leaseId })),
	retries: z.array(
		z.strictObject({
			lease_id: leaseId,
			delay_seconds: z
				.int()
				.min(0)
				.max(TWELVE_HOURS_MS / 1000),
		}),
	),
});
const publishBody = z.discriminatedUnion("content_type", [
	z.strictObject({ content_type: z.literal("json"), body: z.json() }),
	z.strictObject({ content_type: z.literal("text"), body: z.string() }),
]);

type Message = {
	id: string;
	contentType: "json" | "text";
	body: string;
	attempts: number;
	visibleAt: number;
	leaseId?: string;
};

export type QueueAction = "pull" | "ack" | "publish";

export function createQueueApi(account: { id: string; token: string; queueIds: string[] }) {
	const queues = new Map<string, Message[]>(account.queueIds.map((id) => [id, []]));
	const faults: { action: QueueAction; fault: Fault }[] = [];
	const seen = {
		pulls: [] as { batchSize: number; visibilityTimeoutMs: number }[],
		requests: [] as QueueAction[],
		/** Ids of messages that were acknowledged. */
		acknowledged: [] as string[],
		givenBack: [] as { id: string; delaySeconds: number }[],
	};

	const messagesOf = (queueId: string) => {
		const messages = queues.get(queueId);
		if (!messages) throw new Error(`no queue ${queueId}`);
		return messages;
	};

	const send = (queueId: string, body: string, contentType: Message["contentType"]): string => {
		if (Buffer.byteLength(body) > 128_000) throw new Error("message too large");
		const id = randomUUID();
		messagesOf(queueId).push({ id, contentType, body, attempts: 0, visibleAt: 0 });
		return id;
	};

	const pull = (queueId: string, body: z.infer<typeof pullBody>) => {
		const { batch_size: batchSize, visibility_timeout_ms: visibilityTimeoutMs } = body;
		seen.pulls.push({ batchSize, visibilityTimeoutMs });
		const now = Date.now();
		const free = messagesOf(queueId).filter((message) => message.visibleAt <= now);
		const messages = free.slice(0, batchSize).map((message) => {
			message.attempts++;
			message.visibleAt = now + visibilityTimeoutMs;
			message.leaseId = randomUUID();
			const { id, contentType, attempts } = message;
			return {
				id,
				body: contentType === "text" ? message.body : Buffer.from(message.body).toString("base64"),
				timestamp_ms: now,
				attempts,
				lease_id: message.leaseId,
				metadata: { "CF-Content-Type": contentType, "CF-sourceMessageSource": "http" },
			};
		});
		return { message_backlog_count: free.length - messages.length, messages };
	};

	const ack = (queueId: string, body: z.infer<typeof ackBody>) => {
		const messages = messagesOf(queueId);
		const warnings: Record<string, string> = {};
		const leased = (lease: string) => {
			const message = messages.find((candidate) => candidate.leaseId === lease);
			if (!message) warnings[lease] = "unknown lease";
			return message;
		};
		for (const { lease_id } of body.acks) {
			const message = leased(lease_id);
			if (!message) continue;
			messages.splice(messages.indexOf(message), 1);
			seen.acknowledged.push(message.id);
		}
		for (const { lease_id, delay_seconds } of body.retries) {
			const message = leased(lease_id);
			if (!message) continue;
			delete message.leaseId;
			message.visibleAt = Date.now() + delay_seconds * 1000;
			seen.givenBack.push({ id: message.id, delaySeconds: delay_seconds });
		}
		return { ackCount: body.acks.length, retryCount: body.retries.length, warnings };
	};

	const act = (action: QueueAction, queueId: string, body: unknown): unknown => {
		switch (action) {
			case "pull":
				return pull(queueId, pullBody.parse(body));
			case "ack":
				return ack(queueId, ackBody.parse(body));
			case "publish": {
				const message = publishBody.parse(body);
				const text = message.content_type === "text" ? message.body : JSON.stringify(message.body);
				send(queueId, text, message.content_type);
				return {};
			}
		}
	};

	return {
		seen,
		send: (queueId: string, body: unknown) => send(queueId, JSON.stringify(body), "json"),
		sendText: (queueId: string, body: string) => send(queueId, body, "text"),
		/** The bodies that wait, or are leased. */
		bodies: (queueId: string) =>
			messagesOf(queueId).map(({ contentType, body }) =>
				contentType === "json" ? (JSON.parse(body) as unknown) : body,
			),
		/** The next requests of this kind fare thus. */
		failNext: (action: QueueAction, ...next: Fault[]) => {
			faults.push(...next.map((fault) => ({ action, fault })));
		},

		handle: (exchange: Exchange) => {
			const [, accountId, queueId = "", kind] =
				/^\/client\/v4\/accounts\/([^/]+)\/queues\/([^/]+)\/messages(?:\/(pull|ack))?$/.exec(
					exchange.path,
				) ?? [];
			const action = (kind ?? "publish") as QueueAction;
			seen.requests.push(action);
			const fail = (status: number, message: string) =>
				exchange.reply(status, {
					success: false,
					errors: [{ code: 10_000, message }],
					result: null,
				});

			const planned = faults.findIndex((entry) => entry.action === action);
			const [fault] = planned < 0 ? [] : faults.splice(planned, 1);
			if (fault) return fault.fault(exchange);
			if (exchange.headers.authorization !== `Bearer ${account.token}`) return fail(401, "token");
			if (accountId !== account.id || !queues.has(queueId)) return fail(404, "no such queue");
			try {
				const result = act(action, queueId, exchange.json());
				return exchange.reply(200, { success: true, errors: [], messages: [], result });
			} catch (error) {
				return fail(400, String(error));
			}
		},
	};
}
