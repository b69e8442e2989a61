import { RETENTION_MS } from "./limits.ts";
import type { ContentType, EncodedBody } from "./message-body.ts";

/**
 * What a pull queue remembers and by which rules, in the SQLite of one Durable Object.
 * No clock (every method is told the time) and no I/O but SQL, so each call is one atomic write.
 *
 * A message is visible when its time has come: after its delay, after the visibility timeout of
 * its lease, after the delay of a retry. A visible message is either deliverable or, when it has
 * been delivered `maxRetries + 1` times, exhausted.
 * https://developers.cloudflare.com/queues/configuration/batching-retries/
 */
export class MessageStore {
	readonly #sql: SqlStorage;
	readonly #maxRetries: number;

	constructor(sql: SqlStorage, maxRetries: number) {
		this.#sql = sql;
		this.#maxRetries = maxRetries;
		this.#sql.exec(`
			CREATE TABLE IF NOT EXISTS messages (
				position INTEGER PRIMARY KEY,
				id TEXT NOT NULL UNIQUE,
				timestamp_ms INTEGER NOT NULL,
				content_type TEXT NOT NULL,
				body BLOB NOT NULL,
				attempts INTEGER NOT NULL DEFAULT 0,
				visible_at_ms INTEGER NOT NULL,
				expires_at_ms INTEGER NOT NULL
			) STRICT
		`);
	}

	/** A message that is already here stays as it is: whoever sends may send again. */
	add(messages: readonly NewMessage[], nowMs: number): void {
		for (const { id, timestampMs, contentType, body, delaySeconds = 0 } of messages) {
			this.#sql.exec(
				`INSERT INTO messages (id, timestamp_ms, content_type, body, visible_at_ms, expires_at_ms)
				VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
				id,
				timestampMs,
				contentType,
				body,
				nowMs + delaySeconds * 1000,
				nowMs + RETENTION_MS,
			);
		}
	}

	/** Leases up to `count` deliverable messages, oldest first. */
	lease(count: number, visibilityTimeoutMs: number, nowMs: number): DeliveredMessage[] {
		return this.#sql
			.exec<MessageRow>(
				`UPDATE messages SET attempts = attempts + 1, visible_at_ms = ?
				WHERE position IN (
					SELECT position FROM messages
					WHERE visible_at_ms <= ? AND attempts <= ? ORDER BY position LIMIT ?
				)
				RETURNING *`,
				nowMs + visibilityTimeoutMs,
				nowMs,
				this.#maxRetries,
				count,
			)
			.toArray()
			.sort((a, b) => a.position - b.position)
			.map((row) => ({ ...toMessage(row), attempts: row.attempts }));
	}

	/** Whoever has it now. */
	delete(id: string): void {
		this.#sql.exec("DELETE FROM messages WHERE id = ?", id);
	}

	/**
	 * Ends the lease of one delivery. False, and nothing happens, when that delivery is not the
	 * message's latest: it would take the message away from whoever has it now.
	 */
	retry(id: string, attempt: number, delaySeconds: number, nowMs: number): boolean {
		const retried = this.#sql.exec(
			// An exhausted message has nothing left to be delayed.
			`UPDATE messages SET visible_at_ms = iif(attempts > ?, ?, ?)
			WHERE id = ? AND attempts = ? RETURNING id`,
			this.#maxRetries,
			nowMs,
			nowMs + delaySeconds * 1000,
			id,
			attempt,
		);
		return retried.toArray().length > 0;
	}

	exhausted(count: number, nowMs: number): StoredMessage[] {
		return this.#sql
			.exec<MessageRow>(
				`SELECT * FROM messages WHERE visible_at_ms <= ? AND attempts > ?
				ORDER BY position LIMIT ?`,
				nowMs,
				this.#maxRetries,
				count,
			)
			.toArray()
			.map(toMessage);
	}

	deleteExpired(nowMs: number): void {
		this.#sql.exec("DELETE FROM messages WHERE expires_at_ms <= ?", nowMs);
	}

	/** All that is not acknowledged: waiting, delayed or leased. */
	backlog(): Backlog {
		return this.#sql
			.exec<{ count: number; bytes: number; oldestTimestampMs: number }>(
				`SELECT
					count(*) AS count,
					coalesce(sum(length(body)), 0) AS bytes,
					coalesce(min(timestamp_ms), 0) AS oldestTimestampMs
				FROM messages`,
			)
			.one();
	}
}

/** A message with its identity. */
export interface StoredMessage extends EncodedBody {
	id: string;
	/** When it was published. */
	timestampMs: number;
}

export interface NewMessage extends StoredMessage {
	delaySeconds?: number;
}

export interface DeliveredMessage extends StoredMessage {
	/** How often it has been delivered, this time included. */
	attempts: number;
}

export interface Backlog {
	count: number;
	/** Of the bodies. */
	bytes: number;
	/** 0 when there is none. */
	oldestTimestampMs: number;
}

type MessageRow = {
	position: number;
	id: string;
	timestamp_ms: number;
	content_type: ContentType;
	body: ArrayBuffer;
	attempts: number;
};

function toMessage(row: MessageRow): StoredMessage {
	return {
		id: row.id,
		timestampMs: row.timestamp_ms,
		contentType: row.content_type,
		body: new Uint8Array(row.body),
	};
}
