import { DurableObject } from "cloudflare:workers";
import { type PullQueueConfig, readConfig } from "./config.ts";
import { formatLeaseId, parseLeaseId } from "./lease-id.ts";
import { decodeBody } from "./message-body.ts";
import {
	type Backlog,
	type DeliveredMessage,
	MessageStore,
	type NewMessage,
} from "./message-store.ts";

interface PulledMessage extends DeliveredMessage {
	leaseId: string;
}

interface Settlement {
	acks: readonly { leaseId: string }[];
	retries: readonly { leaseId: string; delaySeconds: number }[];
}

interface Settled {
	ackCount: number;
	retryCount: number;
	/** Why a lease id had no effect. */
	warnings: Record<string, string>;
}

/**
 * One pull queue, by name. It wakes up for calls only: what time has done in between (a lease that
 * ran out, a message that grew too old) is settled by the next call.
 */
export class PullQueue extends DurableObject<QueuesEnv> {
	readonly #name: string;
	readonly #config: PullQueueConfig;
	readonly #store: MessageStore;

	constructor(ctx: DurableObjectState, env: QueuesEnv) {
		super(ctx, env);
		const name = ctx.id.name;
		const config = name === undefined ? undefined : readConfig(env).QUEUES.get(name);
		if (name === undefined || config?.consumer !== "http_pull") {
			throw new Error(`no pull queue is called ${name}`);
		}
		this.#name = name;
		this.#config = config;
		this.#store = new MessageStore(ctx.storage.sql, config.max_retries);
	}

	send(messages: readonly NewMessage[]): Backlog {
		const nowMs = Date.now();
		this.#store.deleteExpired(nowMs);
		this.#store.add(messages, nowMs);
		return this.#store.backlog();
	}

	async pull(
		count: number,
		visibilityTimeoutMs: number,
	): Promise<{ messages: PulledMessage[]; backlog: Backlog }> {
		const nowMs = Date.now();
		await this.#clearAway(nowMs);
		const messages = this.#store.lease(count, visibilityTimeoutMs, nowMs).map((message) => ({
			...message,
			leaseId: formatLeaseId({
				queue: this.#name,
				messageId: message.id,
				attempt: message.attempts,
			}),
		}));
		return { messages, backlog: this.#store.backlog() };
	}

	/**
	 * Late acknowledgements count, as on Cloudflare: they come before the exhausted messages are
	 * cleared away, and a message that is gone already is no error.
	 * https://developers.cloudflare.com/queues/configuration/pull-consumers/#4-acknowledge-messages
	 */
	async settle({ acks, retries }: Settlement): Promise<Settled> {
		const nowMs = Date.now();
		const settled: Settled = { ackCount: 0, retryCount: 0, warnings: {} };
		for (const { leaseId } of acks) {
			const lease = this.#ownLease(leaseId);
			if (lease === undefined) {
				settled.warnings[leaseId] = "not a lease of this queue";
			} else {
				this.#store.delete(lease.messageId);
				settled.ackCount++;
			}
		}
		for (const { leaseId, delaySeconds } of retries) {
			const lease = this.#ownLease(leaseId);
			if (lease === undefined) {
				settled.warnings[leaseId] = "not a lease of this queue";
			} else if (this.#store.retry(lease.messageId, lease.attempt, delaySeconds, nowMs)) {
				settled.retryCount++;
			} else {
				settled.warnings[leaseId] = "the message is gone or was delivered again";
			}
		}
		await this.#clearAway(nowMs);
		return settled;
	}

	#ownLease(leaseId: string) {
		const lease = parseLeaseId(leaseId);
		return lease?.queue === this.#name ? lease : undefined;
	}

	/**
	 * Exhausted messages are sent first and deleted afterwards: a crash in between sends a message
	 * twice, and loses none.
	 */
	async #clearAway(nowMs: number): Promise<void> {
		this.#store.deleteExpired(nowMs);
		const deadLetters = this.#deadLetters();
		for (;;) {
			// One by one: together they may be larger than a batch may be.
			const [exhausted] = this.#store.exhausted(1, nowMs);
			if (exhausted === undefined) return;
			const { body, contentType } = decodeBody(exhausted);
			await deadLetters?.send(body, { contentType });
			this.#store.delete(exhausted.id);
		}
	}

	#deadLetters(): Queue | undefined {
		const { dead_letter_queue: name } = this.#config;
		const config = name === undefined ? undefined : readConfig(this.env).QUEUES.get(name);
		return config?.consumer === "worker" ? this.env[config.producer] : undefined;
	}
}
