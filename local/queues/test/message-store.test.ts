import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { encodeText } from "../message-body.ts";
import { MessageStore, type NewMessage } from "../message-store.ts";

const MAX_RETRIES = 2;
const DAY_MS = 24 * 60 * 60 * 1000;

afterEach(() => reset());

/** Runs `use` with a store over the SQLite of a Durable Object. */
function withStore<Result>(use: (store: MessageStore, sql: SqlStorage) => Result): Promise<Result> {
	const stub = env.PULL_QUEUE.getByName("video");
	return runInDurableObject(stub, (_queue, { storage }) =>
		use(new MessageStore(storage.sql, MAX_RETRIES), storage.sql),
	);
}

function message(id: string, more: Partial<NewMessage> = {}): NewMessage {
	return { id, timestampMs: 0, ...encodeText(`body of ${id}`), ...more };
}

function idsOf(messages: readonly { id: string }[]): string[] {
	return messages.map(({ id }) => id);
}

test("a leased message is invisible until its visibility timeout, then is delivered again", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		expect(store.lease(10, 1000, 0)).toMatchObject([{ id: "a", attempts: 1 }]);
		expect(store.lease(10, 1000, 999)).toEqual([]);
		expect(store.lease(10, 1000, 1000)).toMatchObject([{ id: "a", attempts: 2 }]);
	}));

test("a message sent with a delay is invisible until the delay is over", () =>
	withStore((store) => {
		store.add([message("a", { delaySeconds: 2 })], 0);
		expect(store.lease(10, 1000, 1999)).toEqual([]);
		expect(store.lease(10, 1000, 2000)).toMatchObject([{ id: "a", attempts: 1 }]);
	}));

test("a retried message is visible at once", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		store.lease(10, 60_000, 0);
		expect(store.retry("a", 1, 0, 500)).toBe(true);
		expect(store.lease(10, 60_000, 500)).toMatchObject([{ id: "a", attempts: 2 }]);
	}));

test("a message retried with a delay is invisible until the delay is over", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		store.lease(10, 1000, 0);
		expect(store.retry("a", 1, 30, 500)).toBe(true);
		expect(store.lease(10, 1000, 30_499)).toEqual([]);
		expect(store.lease(10, 1000, 30_500)).toMatchObject([{ id: "a", attempts: 2 }]);
	}));

test("a retry of an overtaken delivery leaves the message with its new holder", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		store.lease(10, 1000, 0);
		store.lease(10, 60_000, 1000);
		expect(store.retry("a", 1, 0, 1500)).toBe(false);
		expect(store.lease(10, 1000, 1500)).toEqual([]);
	}));

test("a message is delivered max_retries + 1 times and is exhausted when the last lease ends", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		for (let attempt = 1; attempt <= MAX_RETRIES + 1; attempt++) {
			expect(store.lease(10, 1000, attempt * 1000)).toMatchObject([{ attempts: attempt }]);
		}
		const lastLeaseEndsMs = (MAX_RETRIES + 2) * 1000;
		expect(store.exhausted(10, lastLeaseEndsMs - 1)).toEqual([]);
		expect(store.lease(10, 1000, lastLeaseEndsMs)).toEqual([]);
		expect(store.exhausted(10, lastLeaseEndsMs)).toEqual([message("a")]);
	}));

test("a retry of the last delivery exhausts the message at once, whatever its delay", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		for (let attempt = 1; attempt <= MAX_RETRIES; attempt++) {
			store.lease(10, 1000, 0);
			store.retry("a", attempt, 0, 0);
		}
		store.lease(10, 1000, 0);
		store.retry("a", MAX_RETRIES + 1, 3600, 0);
		expect(idsOf(store.exhausted(10, 0))).toEqual(["a"]);
	}));

test("messages come in the order they were sent, never more than asked for", () =>
	withStore((store) => {
		store.add([message("c"), message("a"), message("b")], 0);
		expect(idsOf(store.lease(2, 1000, 0))).toEqual(["c", "a"]);
		expect(idsOf(store.lease(2, 1000, 0))).toEqual(["b"]);
	}));

test("a message sent twice is stored once and keeps its lease", () =>
	withStore((store) => {
		store.add([message("a")], 0);
		store.lease(10, 1000, 0);
		store.add([message("a")], 0);
		expect(store.backlog().count).toBe(1);
		expect(store.lease(10, 1000, 0)).toEqual([]);
	}));

test("a message is deleted after four days", () =>
	withStore((store) => {
		store.add([message("old")], 0);
		store.add([message("young")], DAY_MS);
		store.deleteExpired(4 * DAY_MS - 1);
		expect(store.backlog().count).toBe(2);
		store.deleteExpired(4 * DAY_MS);
		expect(idsOf(store.lease(10, 1000, 4 * DAY_MS))).toEqual(["young"]);
	}));

test("the backlog is what is not acknowledged: waiting, delayed and leased messages", () =>
	withStore((store) => {
		expect(store.backlog()).toEqual({ count: 0, bytes: 0, oldestTimestampMs: 0 });
		store.add(
			[
				message("leased", { timestampMs: 7, ...encodeText("1234") }),
				message("waiting", { timestampMs: 8, ...encodeText("é") }),
				message("delayed", { timestampMs: 9, delaySeconds: 60, ...encodeText("") }),
			],
			10,
		);
		store.lease(1, 1000, 10);
		expect(store.backlog()).toEqual({ count: 3, bytes: 6, oldestTimestampMs: 7 });
		store.delete("leased");
		expect(store.backlog()).toEqual({ count: 2, bytes: 2, oldestTimestampMs: 8 });
	}));

test("another store over the same SQLite has the same messages and leases", () =>
	withStore((store, sql) => {
		store.add([message("leased"), message("waiting")], 0);
		store.lease(1, 1000, 0);
		const reopened = new MessageStore(sql, MAX_RETRIES);
		expect(idsOf(reopened.lease(10, 1000, 999))).toEqual(["waiting"]);
		expect(reopened.lease(10, 1000, 1000)).toMatchObject([{ id: "leased", attempts: 2 }]);
	}));
