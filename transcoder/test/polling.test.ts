import { describe, expect, test } from "vitest";
import { backoffMs } from "../backoff.ts";
import { afterPoll, type PollOutcome, type PollState, pollDelayMs } from "../queues/polling.ts";

const longest = () => 1;

function delays(outcomes: PollOutcome[], random = longest): number[] {
	let state: PollState | undefined;
	return outcomes.map((outcome) => {
		state = afterPoll(state, outcome);
		return pollDelayMs(state, random);
	});
}

describe("polling", () => {
	test("slows down from 100 ms to 5 s while the queue is empty", () => {
		expect(delays(Array(8).fill("empty"))).toEqual([
			100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000,
		]);
	});

	test("is back at 100 ms with the first message", () => {
		expect(delays(["empty", "empty", "empty", "work", "work", "empty"]).slice(3)).toEqual([
			100, 100, 100,
		]);
	});

	test("backs off up to 30 s while pulls fail, and forgets it at the first answer", () => {
		const failing = delays([...Array<PollOutcome>(7).fill("failed"), "empty"]);
		expect(failing).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 100]);
	});

	test("waits anything up to the back-off, but never spins", () => {
		expect(delays(["failed", "failed", "failed"], () => 0.5)).toEqual([500, 1_000, 2_000]);
		expect(delays(["failed"], () => 0)).toEqual([100]);
	});

	test("goes on slowly while the token is refused", () => {
		expect(delays(["refused", "refused"])).toEqual([30_000, 30_000]);
	});
});

test("back-off is jittered over its full range, doubles, and has a cap", () => {
	const range = { baseMs: 100, capMs: 1_000 };
	expect([1, 2, 3, 4, 5, 99].map((failures) => backoffMs(failures, range, longest))).toEqual([
		100, 200, 400, 800, 1_000, 1_000,
	]);
	expect(backoffMs(3, range, () => 0)).toBe(0);
});
