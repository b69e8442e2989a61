import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createTestHarness } from "wrangler";
import { type Child, startChild } from "../local/child.ts";
import { generateSecrets, type LocalSecrets } from "../local/secrets.ts";
import { signUp } from "../local/sign-up.ts";
import { transcoderEnvironment } from "../local/transcoder-environment.ts";
import {
	type LocalSettings,
	type SignInSettings,
	writeWorkerConfigs,
} from "../local/worker-configs.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** The parts of the gateway's bindings that tests look into. */
interface GatewayBindings {
	DB: {
		prepare(sql: string): {
			bind(...values: unknown[]): {
				run(): Promise<unknown>;
				first(column: string): Promise<unknown>;
			};
		};
	};
	VIDEOS: Bucket;
	MP3S: Bucket;
}
interface Bucket {
	list(options?: { prefix: string }): Promise<{ objects: { key: string }[] }>;
}

export interface Transcoder extends Child {
	lines: string[];
	workDir: string;
}

/** A whole Earshot of its own: real Workers with fresh storage, real transcoders when asked for. */
export interface Earshot {
	url: string;
	secrets: LocalSecrets;
	bindings: GatewayBindings;
	/** Runs the gateway's cron. */
	watchdog(): Promise<void>;
	/** Hands a mail to notify as Cloudflare's Email Routing would; null: it was not refused. */
	bringMail(raw: string, from: string): Promise<string | null>;
	startTranscoder(): Transcoder;
	newUser(): Promise<User>;
	/** Puts other secrets in place; the Workers start anew, with the storage that they had. */
	changeSecrets(changed: Partial<LocalSecrets>): Promise<void>;
	/** Everything the Workers have logged. */
	logs(): string;
	close(): Promise<void>;
}

export interface User {
	email: string;
	password: string;
	token: string;
	auth: { authorization: string };
}

/** @param signInAt the providers to sign in with, who may want to know where Earshot is. */
export async function startEarshot(
	signInAt?: (url: string) => Promise<SignInSettings>,
): Promise<Earshot> {
	const dir = await mkdtemp(join(tmpdir(), "earshot-e2e-"));
	const secrets = generateSecrets();
	const options = (publicUrl: string, changed: Partial<LocalSettings> = {}) => ({
		workers: writeWorkerConfigs(dir, {
			publicUrl,
			secrets,
			maxUploadBytes: 60_000_000,
			// All of it comes from one address.
			rateLimit: 10_000,
			...changed,
		}).map((configPath) => ({ configPath })),
	});
	const server = createTestHarness(options("http://localhost"));
	// The port is known only once the server listens; the Workers must know it too.
	const url = (await server.listen()).url.origin;
	const signIn = await signInAt?.(url);
	const settings = signIn && { signIn };
	await server.update(options(url, settings));
	const gateway = server.getWorker("earshot-gateway");
	await gateway.applyD1Migrations("DB");

	const transcoders: Transcoder[] = [];
	let workDirs = 0;
	return {
		url,
		secrets,
		bindings: (await gateway.getEnv()) as GatewayBindings,
		async watchdog() {
			await gateway.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
		},
		async bringMail(raw, from) {
			const query = new URLSearchParams({ from, to: "earshot@example.com", format: "json" });
			const mail = { method: "POST", body: raw };
			const response = await fetch(`${url}/cdn-cgi/local/email?${query}`, mail);
			const { outcome, rejectReason = null } = (await response.json()) as {
				outcome: string;
				rejectReason?: string;
			};
			if (outcome !== "ok") throw new Error(`the mail ended with ${outcome}`);
			return rejectReason;
		},
		startTranscoder() {
			const workDir = join(dir, `work-${workDirs++}`);
			const transcoder = startTranscoder(url, secrets, workDir);
			transcoders.push(transcoder);
			return transcoder;
		},
		async newUser() {
			const email = `${randomUUID()}@example.com`;
			const password = randomUUID();
			const token = await signUp(url, { name: "Ada", username: email, password });
			return { email, password, token, auth: { authorization: `Bearer ${token}` } };
		},
		async changeSecrets(changed) {
			await server.update(options(url, { ...settings, secrets: { ...secrets, ...changed } }));
		},
		logs: () =>
			server
				.getLogs()
				.map(({ message }) => message)
				.join("\n"),
		async close() {
			await Promise.all(transcoders.map((transcoder) => transcoder.stop()));
			await server.close();
			await rm(dir, { recursive: true, force: true });
		},
	};
}

function startTranscoder(url: string, secrets: LocalSecrets, workDir: string): Transcoder {
	const lines: string[] = [];
	const child = startChild(process.execPath, [join(ROOT, "transcoder/main.ts")], {
		cwd: ROOT,
		env: transcoderEnvironment(url, secrets, workDir),
		onLine: (line) => lines.push(line),
	});
	return { ...child, lines, workDir };
}
