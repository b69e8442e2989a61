import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";

/** The settings of one transcoder, read from the environment once, at start. */

const environment = z.object({
	/** Base of Cloudflare's REST API, or of the local emulator. */
	QUEUES_API_URL: z
		.url({ protocol: /^https?$/ })
		.default("https://api.cloudflare.com/client/v4")
		.transform((url) => url.replace(/\/+$/, "")),
	CLOUDFLARE_ACCOUNT_ID: z.string(),
	/** Pulled from. */
	VIDEO_QUEUE_ID: z.string(),
	/** Where messages go that cannot be understood. */
	VIDEO_DLQ_ID: z.string(),
	/** Where settled attempts are published. */
	MP3_QUEUE_ID: z.string(),
	/** API token that may read and write these queues: the transcoder's only standing secret. */
	QUEUES_API_TOKEN: z.string(),
	/** Conversions at a time; LAME is serial, so one a core. */
	CONCURRENCY: z.coerce.number().int().min(1).max(100).default(availableParallelism()),
	/** A path, or a name to look up in PATH. */
	FFMPEG_PATH: z.string().default("ffmpeg"),
	/** Default: beside FFMPEG_PATH when that is a path, else from PATH. */
	FFPROBE_PATH: z.string().optional(),
	/** Where downloads and MP3s live while they are worked on; may be shared by transcoders. */
	WORK_DIR: z.string().default(join(tmpdir(), "earshot-transcoder")),
	/** Where `GET /healthz` is answered; nowhere by default. 0 is any free port: the log names it. */
	HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
	LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type Config = z.infer<typeof environment>;

export type ConfigResult = { ok: true; config: Config } | { ok: false; problem: string };

export function readConfig(env: NodeJS.ProcessEnv): ConfigResult {
	const parsed = environment.safeParse(withoutEmpty(env));
	if (parsed.success) return { ok: true, config: parsed.data };
	const problems = parsed.error.issues.map(({ path: [name = ""], message }) =>
		env[String(name)] ? `${String(name)}: ${message}` : `${String(name)} is not set`,
	);
	return { ok: false, problem: problems.join("; ") };
}

/** health.ts needs this one alone, and must work beside a transcoder that is misconfigured. */
export function workDirectoryFrom(env: NodeJS.ProcessEnv): string {
	return environment.shape.WORK_DIR.parse(withoutEmpty(env)["WORK_DIR"]);
}

/** `NAME=` in a compose file means "not set". */
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}
