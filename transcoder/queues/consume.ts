import { MAX_ATTEMPT_SECONDS } from "#contracts/limits.ts";
import { errorText } from "../error-text.ts";
import {
	BUSY_TURN_MS,
	GIVE_BACK_DELAY_SECONDS,
	GIVE_BACK_GROWTH,
	MAX_GIVE_BACK_DELAY_SECONDS,
	PULL_GRACE_MS,
} from "../limits.ts";
import type { Log } from "../log.ts";
import type { Pacing } from "../pacing.ts";
import type { PullResult, QueuesClient } from "./client.ts";
import { type Disposition, giveBack } from "./disposition.ts";
import type { PulledMessage } from "./envelope.ts";
import { afterPoll, type PollOutcome, type PollState, pollDelayMs } from "./polling.ts";

export type ConsumeOptions = {
	queues: Pick<QueuesClient, "pull" | "acknowledge" | "giveBack">;
	queueId: string;
	/** Messages worked on at a time; no more than this are ever leased. */
	concurrency: number;
	handle: (message: PulledMessage, shutdown: AbortSignal) => Promise<Disposition>;
	/** Called at each turn of the loop. */
	onTurn: () => Promise<void>;
	pacing: Pacing;
	log: Log;
};

/** Pulls and hands out messages until the signal is aborted and every lease has been dealt with. */
export async function consume(options: ConsumeOptions, shutdown: AbortSignal): Promise<void> {
	const { queues, queueId, concurrency, onTurn, pacing, log } = options;
	const working = new Set<Promise<void>>();
	const pullSignal = abortedLater(shutdown, PULL_GRACE_MS);
	let poll: PollState | undefined;

	while (!shutdown.aborted) {
		await onTurn();
		const free = concurrency - working.size;
		if (free === 0) {
			await firstOf(working, pacing.sleep, shutdown);
			continue;
		}
		const result = await queues
			.pull(queueId, leasing(free), pullSignal)
			.catch((error): PullResult => ({ type: "failed", reason: errorText(error) }));
		report(result, log);
		if (result.type === "pulled") {
			for (const message of result.messages) {
				const work = workOn(message, options, shutdown).finally(() => working.delete(work));
				working.add(work);
			}
		}
		poll = afterPoll(poll, outcomeOf(result));
		await pacing.sleep(pollDelayMs(poll, pacing.random), shutdown).catch(() => undefined);
	}
	await Promise.all(working);
}

/** Never rejects: a lease is dealt with whatever happens to its message. */
async function workOn(
	message: PulledMessage,
	{ queues, queueId, handle, log }: ConsumeOptions,
	shutdown: AbortSignal,
): Promise<void> {
	const disposition = await handle(message, shutdown).catch((error) => {
		log.error("message_crashed", { messageId: message.id, error: errorText(error) });
		return giveBack(GIVE_BACK_DELAY_SECONDS);
	});
	const sent =
		disposition.type === "acknowledge"
			? await queues.acknowledge(queueId, message.leaseId)
			: await queues.giveBack(queueId, message.leaseId, grown(disposition.delaySeconds, message));
	if (!sent.ok) {
		// The message comes again when the lease runs out; the claim then says what to do with it.
		log.error("lease_stranded", { messageId: message.id, error: sent.reason });
	}
}

/** What is given back at once is so at every delivery: a shutdown is no fault. */
const grown = (delaySeconds: number, { deliveries }: PulledMessage): number =>
	Math.min(delaySeconds * GIVE_BACK_GROWTH ** (deliveries - 1), MAX_GIVE_BACK_DELAY_SECONDS);

const leasing = (batchSize: number) => ({
	batchSize: Math.min(100, batchSize),
	visibilityTimeoutMs: MAX_ATTEMPT_SECONDS * 1000,
});

function outcomeOf(result: PullResult): PollOutcome {
	if (result.type === "pulled") return result.messages.length > 0 ? "work" : "empty";
	return result.type;
}

function report(result: PullResult, log: Log): void {
	if (result.type === "failed") log.warn("pull_failed", { error: result.reason });
	if (result.type === "refused") {
		log.error("pull_refused", {
			status: result.status,
			hint: "QUEUES_API_TOKEN is wrong, or may not read this queue; nothing is converted until that is mended",
		});
	}
}

/** Waits until one of them is through, but no longer than a turn of the loop may take. */
async function firstOf(
	working: Set<Promise<void>>,
	sleep: Pacing["sleep"],
	shutdown: AbortSignal,
): Promise<void> {
	const through = new AbortController();
	const turn = sleep(BUSY_TURN_MS, AbortSignal.any([shutdown, through.signal]));
	await Promise.race([...working, turn.catch(() => undefined)]);
	through.abort();
}

/**
 * Breaking off a pull strands what it may have leased, so at shutdown it gets a moment to answer;
 * what it brings is given back at once.
 */
function abortedLater(signal: AbortSignal, delayMs: number): AbortSignal {
	const later = new AbortController();
	signal.addEventListener(
		"abort",
		() => setTimeout(() => later.abort(signal.reason), delayMs).unref(),
		{ once: true },
	);
	return later.signal;
}
