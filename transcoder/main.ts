import { availableParallelism } from "node:os";
import process from "node:process";
import { Cancellation } from "./cancellation.ts";
import { type Config, readConfig } from "./config.ts";
import { createCores } from "./cores.ts";
import { errorText } from "./error-text.ts";
import { openToolbox, type Toolbox } from "./ffmpeg/toolbox.ts";
import { type HealthEndpoint, openHealthEndpoint } from "./health-endpoint.ts";
import { handleMessage } from "./job/handle-message.ts";
import { ABANDONED_AFTER_MS, ATTEMPT_LIMIT_MS, SHUTDOWN_LIMIT_MS } from "./limits.ts";
import { createLog, type Log } from "./log.ts";
import { realPacing } from "./pacing.ts";
import { createQueuesClient } from "./queues/client.ts";
import { consume } from "./queues/consume.ts";
import { openRunDirectory, type RunDirectory, sweepAbandonedRuns } from "./work-directory.ts";

/** The transcoder: pulls conversions until it is told to stop. */

const write = (line: string) => process.stdout.write(line);

async function main(): Promise<number> {
	const read = readConfig(process.env);
	if (!read.ok) return refuseToStart("configuration_invalid", read.problem);
	const { config } = read;
	const log = createLog(config.LOG_LEVEL, write);

	const wanted = { ffmpeg: config.FFMPEG_PATH, ffprobe: config.FFPROBE_PATH };
	const opened = await openToolbox(wanted, process.env["PATH"]);
	if (!opened.ok) return refuseToStart("ffmpeg_unusable", opened.problem);
	const { toolbox } = opened;
	if (!toolbox.prlimit) log.warn("prlimit_missing", { hint: "ffmpeg runs without memory limits" });
	if (!toolbox.setpriv) log.warn("setpriv_missing", { hint: "ffmpeg may outlive a crash" });
	if (!toolbox.nice) log.warn("nice_missing", { hint: "ffmpeg competes with everything else" });

	const shutdown = shutdownSignal(log);
	// Each running ffmpeg listens for this process's exit.
	process.setMaxListeners(10 + config.CONCURRENCY);
	await transcode(config, toolbox, log, shutdown);
	log.info("transcoder_stopped");
	return 0;
}

async function transcode(
	config: Config,
	toolbox: Toolbox,
	log: Log,
	shutdown: AbortSignal,
): Promise<void> {
	const complain = (event: string) => (error: unknown) =>
		log.error(event, { error: errorText(error) });
	const sweep = async () => {
		const runs = await sweepAbandonedRuns(config.WORK_DIR);
		if (runs > 0) log.info("leftovers_swept", { runs });
	};
	const trySweep = () => sweep().catch(complain("sweep_failed"));
	await trySweep();
	// Again later: what a crash left a moment ago may still look alive at the restart.
	const sweeping = setInterval(trySweep, ABANDONED_AFTER_MS).unref();
	await using runDirectory = await openRunDirectory(config.WORK_DIR);
	await using endpoint = await healthEndpoint(config, runDirectory);
	if (endpoint) log.info("health_listening", { port: endpoint.port });

	const pacing = realPacing;
	const queues = createQueuesClient(
		{
			apiUrl: config.QUEUES_API_URL,
			accountId: config.CLOUDFLARE_ACCOUNT_ID,
			token: config.QUEUES_API_TOKEN,
		},
		pacing,
	);
	const tools = {
		toolbox,
		cores: createCores(availableParallelism()),
		runDirectory,
		attemptLimitMs: ATTEMPT_LIMIT_MS,
		bury: (text: string) => queues.publishText(config.VIDEO_DLQ_ID, text),
		publishSettled: (message: unknown) => queues.publishJson(config.MP3_QUEUE_ID, message),
		pacing,
		log,
	};
	log.info("transcoder_started", { concurrency: config.CONCURRENCY, ffmpeg: toolbox.version });
	await consume(
		{
			queues,
			queueId: config.VIDEO_QUEUE_ID,
			concurrency: config.CONCURRENCY,
			handle: (message, signal) => handleMessage(message, tools, signal),
			onTurn: () => runDirectory.touch().catch(complain("touch_failed")),
			pacing,
			log,
		},
		shutdown,
	);
	clearInterval(sweeping);
}

async function healthEndpoint(
	{ HEALTH_PORT }: Config,
	{ silenceMs }: RunDirectory,
): Promise<HealthEndpoint | undefined> {
	return HEALTH_PORT === undefined ? undefined : openHealthEndpoint(HEALTH_PORT, silenceMs);
}

/** The first SIGTERM or SIGINT is a wish, the second is not; neither waits for what hangs. */
function shutdownSignal(log: Log): AbortSignal {
	const shutdown = new AbortController();
	const onSignal = (name: NodeJS.Signals) => {
		if (shutdown.signal.aborted) process.exit(1);
		log.info("transcoder_stopping", { signal: name });
		setTimeout(() => {
			log.error("shutdown_forced", { afterMs: SHUTDOWN_LIMIT_MS });
			process.exit(1);
		}, SHUTDOWN_LIMIT_MS).unref();
		shutdown.abort(new Cancellation("shut_down"));
	};
	process.on("SIGTERM", onSignal);
	process.on("SIGINT", onSignal);
	return shutdown.signal;
}

function refuseToStart(event: string, problem: string): number {
	createLog("error", write).error(event, { problem });
	return 1;
}

try {
	process.exit(await main());
} catch (error) {
	createLog("error", write).error("transcoder_crashed", { error: errorText(error) });
	process.exit(1);
}
