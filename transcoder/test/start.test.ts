import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe, expect } from "vitest";
import { readConfig } from "../config.ts";
import { openToolbox } from "../ffmpeg/toolbox.ts";
import { mediaPrograms, testedToolbox } from "./media-programs.ts";

const test = base.extend("directory", async ({ task: _ }, { onCleanup }) => {
	const directory = await mkdtemp(join(tmpdir(), "earshot-start-"));
	onCleanup(() => rm(directory, { recursive: true }));
	return directory;
});

const required = {
	CLOUDFLARE_ACCOUNT_ID: "account",
	VIDEO_QUEUE_ID: "video",
	VIDEO_DLQ_ID: "video-dlq",
	MP3_QUEUE_ID: "mp3",
	QUEUES_API_TOKEN: "token",
};

/** Runs one of our programs to its end. */
async function node(script: string, env: NodeJS.ProcessEnv) {
	const path = join(import.meta.dirname, "..", script);
	return promisify(execFile)(process.execPath, [path], { env }).then(
		({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
		({ code, stdout, stderr }) => ({ code, stdout, stderr }),
	);
}

describe.concurrent("the settings", () => {
	test("that must be given are the account, the queues and the token", () => {
		expect(readConfig(required)).toMatchObject({
			ok: true,
			config: {
				QUEUES_API_URL: "https://api.cloudflare.com/client/v4",
				CONCURRENCY: availableParallelism(),
				WORK_DIR: join(tmpdir(), "earshot-transcoder"),
			},
		});
	});

	test("that are wrong or missing are all named in one line, without their values", () => {
		const wrong = {
			...required,
			QUEUES_API_TOKEN: "",
			QUEUES_API_URL: "ftp://secret.example",
			CONCURRENCY: "0",
		};
		const read = readConfig(wrong);
		const problem = read.ok ? "" : read.problem;
		expect(problem).toMatch(/QUEUES_API_TOKEN is not set/);
		expect(problem).toMatch(/QUEUES_API_URL: /);
		expect(problem).toMatch(/CONCURRENCY: /);
		expect(problem).not.toMatch(/\n|secret/);
	});

	test("that are missing keep the transcoder from starting", async () => {
		const { code, stdout, stderr } = await node("main.ts", {});
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({ level: "error", event: "configuration_invalid" });
		expect(stderr).toBe("");
	});

	test("that lead to no ffmpeg keep the transcoder from starting", async () => {
		const { code, stdout } = await node("main.ts", { ...required, FFMPEG_PATH: "/no/ffmpeg" });
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({ event: "ffmpeg_unusable" });
	});
});

test.runIf(process.platform === "linux")(
	"media programs are not allowed more processes than this one may have",
	async () => {
		const module = JSON.stringify(join(import.meta.dirname, "../ffmpeg/toolbox.ts"));
		const script = `
			import { openToolbox } from ${module};
			const { toolbox } = await openToolbox(${JSON.stringify(mediaPrograms)}, process.env.PATH);
			console.log(toolbox.limits.processes);
		`;
		const node = [process.execPath, "--input-type=module", "--eval", script];
		const { stdout } = await promisify(execFile)("prlimit", ["--nproc=4321", "--", ...node]);
		expect(Number(stdout)).toBe(4321);
	},
);

test("ffprobe is the one beside the given ffmpeg", async ({ directory }) => {
	const { ffmpeg, ffprobe } = await testedToolbox();
	await symlink(ffmpeg, join(directory, "ffmpeg"));
	await symlink(ffprobe, join(directory, "ffprobe"));
	const wanted = { ffmpeg: join(directory, "ffmpeg"), ffprobe: undefined };
	expect(await openToolbox(wanted, process.env["PATH"])).toMatchObject({
		ok: true,
		toolbox: {
			ffprobe: join(directory, "ffprobe"),
			decoders: expect.arrayContaining(["aac", "h264"]),
		},
	});
});

describe.concurrent("the health check", () => {
	test("passes while the loop turns", async ({ directory }) => {
		await mkdir(join(directory, "run-1"));
		await writeFile(join(directory, "run-1/alive"), "");
		expect(await node("health.ts", { WORK_DIR: directory })).toMatchObject({ code: 0, stderr: "" });
	});

	test("fails when the loop has not turned for a minute", async ({ directory }) => {
		await mkdir(join(directory, "run-1"));
		const alive = join(directory, "run-1/alive");
		await writeFile(alive, "");
		const longAgo = Date.now() / 1000 - 61;
		await utimes(alive, longAgo, longAgo);
		expect(await node("health.ts", { WORK_DIR: directory })).toMatchObject({ code: 1 });
	});

	test("fails where no transcoder runs", async ({ directory }) => {
		expect(await node("health.ts", { WORK_DIR: join(directory, "nothing") })).toMatchObject({
			code: 1,
		});
	});
});
