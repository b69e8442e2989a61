import { randomUUID } from "node:crypto";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import type { Mp3Message } from "#contracts/mp3-message.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import { Cancellation, type CancellationReason, cancellationReason } from "../cancellation.ts";
import { type ControlClient, type ControlResult, createControlClient } from "../control/client.ts";
import type { Cores } from "../cores.ts";
import { errorText } from "../error-text.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { GIVE_BACK_DELAY_SECONDS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Pacing } from "../pacing.ts";
import type { SendResult } from "../queues/client.ts";
import { acknowledge, type Disposition, giveBack } from "../queues/disposition.ts";
import type { RunDirectory } from "../work-directory.ts";
import { convert } from "./convert.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { createProgress } from "./progress.ts";

export type AttemptTools = {
	toolbox: Toolbox;
	cores: Cores;
	runDirectory: RunDirectory;
	/** How long the work may take, from the claim on. */
	attemptLimitMs: number;
	publishSettled: (message: Mp3Message) => Promise<SendResult>;
	pacing: Pacing;
	log: Log;
};

/** Claim, convert under heartbeats, settle: one attempt, from its message to its lease's end. */
export async function runAttempt(
	message: VideoMessage,
	tools: AttemptTools,
	shutdown: AbortSignal,
): Promise<Disposition> {
	const { conversionId, attempt } = message;
	const bound = { ...tools, log: tools.log.bind({ conversionId, attempt }) };
	const control = createControlClient(message.control, randomUUID(), tools.pacing);
	try {
		return await claimConvertSettle(message, control, bound, shutdown);
	} catch (error) {
		if (!shutdown.aborted) throw error;
		const released = await control.release();
		bound.log.info("claim_released", { answer: released.type });
		return giveBack(0);
	}
}

/** Rejects at shutdown. */
async function claimConvertSettle(
	message: VideoMessage,
	control: ControlClient,
	tools: AttemptTools,
	shutdown: AbortSignal,
): Promise<Disposition> {
	const { log } = tools;
	const claim = await control.claim(shutdown);
	if (claim.type !== "answered" || claim.verdict === "drop") return withoutGo("claim", claim, log);
	log.info("attempt_claimed", { sizeBytes: message.source.sizeBytes });

	const ended = await work(message, control, tools, shutdown);
	if (ended.type === "cancelled" && ended.reason === "stopped") {
		log.info("attempt_stopped");
		return acknowledge;
	}
	shutdown.throwIfAborted();
	const outcome = ended.type === "cancelled" ? timedOut : ended.outcome;

	const settled = await control.settle(outcome, shutdown);
	if (settled.type !== "answered" || settled.verdict === "drop") {
		return withoutGo("settle", settled, log);
	}
	log.info("attempt_settled", { outcome: outcome.type });
	const { conversionId, attempt } = message;
	const published = await tools.publishSettled({ v: CURRENT_VERSION, conversionId, attempt });
	if (published.ok) return acknowledge;
	// What is settled is not converted again: the next claim is answered "drop", and the watchdog
	// publishes what was not.
	log.error("publish_failed", { error: published.reason });
	return giveBack(GIVE_BACK_DELAY_SECONDS);
}

type Ended =
	| { type: "ended"; outcome: ConversionOutcome }
	| { type: "cancelled"; reason: CancellationReason };

const timedOut: ConversionOutcome = { type: "failed", error: jobErrorFor("timed_out") };

/** The conversion itself, until it is through or broken off; then nothing of it is left here. */
async function work(
	message: VideoMessage,
	control: ControlClient,
	{ toolbox, cores, runDirectory, attemptLimitMs, pacing, log }: AttemptTools,
	shutdown: AbortSignal,
): Promise<Ended> {
	const cancel = new AbortController();
	const signal = AbortSignal.any([shutdown, cancel.signal]);
	const limit = setTimeout(() => cancel.abort(new Cancellation("timed_out")), attemptLimitMs);
	const progress = createProgress(() => performance.now());

	const beat = async (beating: AbortSignal) => {
		const answer = await control.progress(progress.current(), beating);
		if (answer.type !== "answered") log.warn("heartbeat_failed", reasonOf(answer));
		else if (answer.verdict === "stop") cancel.abort(new Cancellation("stopped"));
	};
	try {
		using _core = cores.enter();
		await using _heartbeat = startHeartbeat(beat, pacing, signal);
		await using directory = await runDirectory.openJobDirectory();
		const tools = { toolbox, cores, progress, pacing, log };
		return { type: "ended", outcome: await convert(message, directory.path, tools, signal) };
	} catch (error) {
		if (signal.aborted) return { type: "cancelled", reason: cancellationReason(signal) };
		log.error("conversion_crashed", { error: errorText(error) });
		return { type: "ended", outcome: { type: "failed", error: jobErrorFor("internal") } };
	} finally {
		clearTimeout(limit);
	}
}

/** A claim or settlement that does not let the attempt go on. */
function withoutGo(
	call: "claim" | "settle",
	result: ControlResult<unknown>,
	log: Log,
): Disposition {
	if (result.type === "answered") {
		log.info(`${call}_dropped`);
		return acknowledge;
	}
	log.warn(`${call}_failed`, reasonOf(result));
	return result.type === "gone" ? acknowledge : giveBack(GIVE_BACK_DELAY_SECONDS);
}

function reasonOf(result: Exclude<ControlResult<unknown>, { type: "answered" }>) {
	return result.type === "gone" ? { status: result.status } : { error: result.reason };
}
