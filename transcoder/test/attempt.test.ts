import { describe, expect } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { createCores } from "../cores.ts";
import { type AttemptTools, runAttempt } from "../job/attempt.ts";
import { createLog } from "../log.ts";
import { openRunDirectory } from "../work-directory.ts";
import { instantPacing } from "./instant-pacing.ts";
import { mp4, mp4Long } from "./media.ts";
import { answer } from "./peers/exchange.ts";
import { test as base } from "./toolbox-test.ts";

/** One attempt in this process: what takes hours, or many tries, from outside. */
const test = base.extend(
	"tools",
	async ({ directory, toolbox }): Promise<AttemptTools> => ({
		toolbox,
		cores: createCores(1),
		runDirectory: await openRunDirectory(directory),
		attemptLimitMs: 60_000,
		publishSettled: async () => ({ ok: true }),
		pacing: instantPacing(),
		log: createLog("error", () => {}),
	}),
);

const never = new AbortController().signal;

describe.concurrent("an attempt", () => {
	test("that uses up its time is broken off and settled as timed_out", async ({ peers, tools }) => {
		const { message, attempt } = await peers.prepare(await mp4Long());
		const patience = { ...tools, attemptLimitMs: 1 };
		expect(await runAttempt(message, patience, never)).toEqual({ type: "acknowledge" });
		expect(attempt.outcomes).toEqual([{ type: "failed", error: jobErrorFor("timed_out") }]);
	});

	test("that crashes is settled as internal", async ({ peers, tools }) => {
		const { message, attempt } = await peers.prepare(await mp4());
		const noDisk = { ...tools.runDirectory, openJobDirectory: () => Promise.reject(new Error()) };
		await runAttempt(message, { ...tools, runDirectory: noDisk }, never);
		expect(attempt.outcomes).toEqual([{ type: "failed", error: jobErrorFor("internal") }]);
	});

	test("that cannot be settled gives its lease back", async ({ peers, tools }) => {
		const { message } = await peers.prepare(await mp4());
		peers.control.failNext("settle", ...Array(9).fill(answer(503)));
		expect(await runAttempt(message, tools, never)).toEqual({
			type: "give_back",
			delaySeconds: 10,
		});
	});

	test("that cannot be published gives its lease back", async ({ peers, tools }) => {
		const { message, attempt } = await peers.prepare(await mp4());
		const deaf = { ...tools, publishSettled: async () => ({ ok: false, reason: "no" }) as const };
		expect(await runAttempt(message, deaf, never)).toEqual({ type: "give_back", delaySeconds: 10 });
		expect(attempt.outcomes).toHaveLength(1);
	});
});
