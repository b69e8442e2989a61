import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Child, startChild } from "./child.ts";
import type { LocalSecrets } from "./secrets.ts";
import { transcoderEnvironment } from "./transcoder-environment.ts";
import { writeWorkerConfigs } from "./worker-configs.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Starting everything takes a few seconds; on a busy machine several times that. */
const START_TIMEOUT_MS = 120_000;

/** Cloudflare runs crons by itself; here somebody has to. */
const CRON_INTERVAL_MS = 60_000;

/** The whole of Earshot, running on this machine. */
export interface Stack {
	publicUrl: string;
	/** Resolves with what happened when a part ends that should not have. */
	broken: Promise<string>;
	/** Stops every process that was started. */
	stop(): Promise<void>;
	/** Ends them all at once, as a power cut would. */
	kill(): Promise<void>;
}

export interface StackOptions {
	port: number;
	/** Where databases, objects, messages and generated configuration are kept. */
	dir: string;
	secrets: LocalSecrets;
	maxUploadBytes: number;
	/** Everything the parts print, line by line. */
	onLine: (part: "workers" | "transcoder", line: string) => void;
	signal?: AbortSignal;
}

/**
 * Starts the Workers (one `wrangler dev`), applies the migrations, starts one transcoder, and
 * resolves when `/healthz` is well. Throws, with nothing left running, when that does not happen.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
	const publicUrl = `http://localhost:${options.port}`;
	const dir = resolve(options.dir);
	mkdirSync(dir, { recursive: true });
	const configs = writeWorkerConfigs(join(dir, "config"), { publicUrl, ...options });
	const env = wranglerEnvironment(dir);
	const wrangler = (args: string[]) =>
		startChild(join(ROOT, "node_modules/.bin/wrangler"), args, {
			cwd: ROOT,
			env,
			onLine: (line) => options.onLine("workers", line),
		});
	const persist = ["--persist-to", join(dir, "state")];
	const [, gatewayConfig = ""] = configs;

	const migrating = wrangler([
		"d1",
		"migrations",
		"apply",
		"earshot",
		"--local",
		"-c",
		gatewayConfig,
		...persist,
	]);
	const migrated = await migrating.ended;
	if (migrated !== "exit code 0") throw new Error(`The D1 migrations failed (${migrated}).`);

	const children: Child[] = [];
	const cron = new AbortController();
	const stop = async () => {
		cron.abort();
		// The transcoder first: it gives its work back to the Workers.
		for (const child of children.reverse()) await child.stop();
	};
	try {
		const workers = wrangler([
			"dev",
			...configs.flatMap((path) => ["-c", path]),
			...["--port", String(options.port), "--inspector-port", "0"],
			"--show-interactive-dev-session=false",
			...persist,
		]);
		children.push(workers);
		await Promise.race([untilHealthy(publicUrl, options.signal), fails(workers, "wrangler dev")]);
		const transcoder = startChild(process.execPath, [join(ROOT, "transcoder/main.ts")], {
			cwd: ROOT,
			env: transcoderEnvironment(publicUrl, options.secrets, join(dir, "transcoder")),
			onLine: (line) => options.onLine("transcoder", line),
		});
		children.push(transcoder);
		void runCron(publicUrl, cron.signal);
		return {
			publicUrl,
			broken: Promise.race([
				workers.ended.then((reason) => `The Workers have ended (${reason}).`),
				transcoder.ended.then((reason) => `The transcoder has ended (${reason}).`),
			]),
			stop,
			async kill() {
				cron.abort();
				await Promise.all(children.map((child) => child.kill()));
			},
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

async function untilHealthy(publicUrl: string, signal?: AbortSignal): Promise<void> {
	const giveUpAt = Date.now() + START_TIMEOUT_MS;
	while (Date.now() < giveUpAt) {
		signal?.throwIfAborted();
		const health = await fetch(`${publicUrl}/healthz`).catch(() => null);
		await health?.text();
		if (health?.status === 200) return;
		await delay(100);
	}
	throw new Error(`${publicUrl}/healthz is not well after ${START_TIMEOUT_MS / 1000} s.`);
}

async function fails(child: Child, name: string): Promise<never> {
	throw new Error(`${name} has ended (${await child.ended}).`);
}

async function runCron(publicUrl: string, signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		await delay(CRON_INTERVAL_MS, undefined, { signal }).catch(() => {});
		if (signal.aborted) return;
		await fetch(`${publicUrl}/cdn-cgi/local/scheduled`, { signal }).catch(() => {});
	}
}

/** wrangler must phone nobody, ask nothing, and not meet other stacks on this machine. */
function wranglerEnvironment(dir: string): NodeJS.ProcessEnv {
	return {
		...process.env,
		CI: "1",
		NO_COLOR: "1",
		WRANGLER_SEND_METRICS: "false",
		WRANGLER_REGISTRY_PATH: join(dir, "registry"),
		CLOUDFLARE_CF_FETCH_ENABLED: "false",
	};
}
