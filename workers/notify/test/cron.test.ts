import { expect, test } from "vitest";
import { keepDeadLetter } from "#db/queries/dead-letters.ts";
import { runCron } from "../run-cron.ts";
import { bindings, db } from "./delivery.ts";
import { keptLetter, letter } from "./letters.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

async function kept(receivedAtMs: number) {
	const one = letter(null);
	await keepDeadLetter(db, { id: one.id, queue: "mp3", body: {}, receivedAtMs });
	return one;
}

test("dead letters are kept for thirty days", async () => {
	const nowMs = Date.now();
	const old = await kept(nowMs - 30 * DAY_MS);
	const young = await kept(nowMs - 30 * DAY_MS + 1);
	await runCron(bindings, db, nowMs);
	expect(await keptLetter(old)).toBeUndefined();
	expect(await keptLetter(young)).toBeDefined();
});

test("a step that fails keeps no other from being taken", async () => {
	const nowMs = Date.now();
	const old = await kept(nowMs - 30 * DAY_MS);
	const failing = new Proxy(db, {
		get(target, name) {
			// What the announcements begin with.
			if (name === "select") throw new Error("D1 is down");
			return Reflect.get(target, name, target);
		},
	});
	await runCron(bindings, failing, nowMs);
	expect(await keptLetter(old)).toBeUndefined();
});
