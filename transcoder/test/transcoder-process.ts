import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testedToolbox } from "./media-programs.ts";

/** `node transcoder/main.ts` as its own process, seen from outside. */

const MAIN = join(import.meta.dirname, "../main.ts");

export type LogLine = { level: string; event: string; [field: string]: unknown };

export type TranscoderProcess = Awaited<ReturnType<typeof startTranscoder>>;

/** `launcher`: another program, with its arguments, that starts Node and keeps its process id. */
export async function startTranscoder(
	environment: Record<string, string>,
	launcher: readonly string[] = [],
) {
	const directory = await mkdtemp(join(tmpdir(), "earshot-transcoder-test-"));
	const workDirectory = environment["WORK_DIR"] ?? join(directory, "work");
	const { ffmpeg, ffprobe } = await testedToolbox();
	const spy = await spyOn(ffmpeg, directory);
	const [program = process.execPath, ...args] = [...launcher, process.execPath, MAIN];
	const child = spawn(program, args, {
		env: {
			PATH: process.env["PATH"],
			WORK_DIR: workDirectory,
			FFMPEG_PATH: spy.path,
			FFPROBE_PATH: ffprobe,
			LOG_LEVEL: "debug",
			...environment,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const output = collect(child);
	const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));

	return {
		pid: child.pid ?? 0,
		workDirectory,
		exited,
		/** All that it wrote, errors of Node's own included. */
		output,
		log: (): LogLine[] =>
			output.text
				.split("\n")
				.filter((line) => line.startsWith("{"))
				.map((line) => JSON.parse(line)),
		signal: (name: NodeJS.Signals) => child.kill(name),
		/** Process ids of every ffmpeg it started. */
		ffmpegPids: spy.pids,
		/** What is left of its runs and jobs. */
		leftovers: () => readdir(workDirectory),
		stop: async () => {
			child.kill("SIGKILL");
			await exited;
			for (const pid of await spy.pids()) if (isAlive(pid)) process.kill(pid, "SIGKILL");
			await rm(directory, { recursive: true, force: true });
		},
	};
}

/** A process that has ended but that nobody has asked about yet is not alive. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
	} catch {
		return false;
	}
	try {
		return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		// Gone in between, or a system without /proc.
		return process.platform !== "linux";
	}
}

/** A script that writes down its process id and becomes ffmpeg, which keeps that id. */
async function spyOn(ffmpeg: string, directory: string) {
	const path = join(directory, "ffmpeg");
	const list = join(directory, "pids");
	await writeFile(list, "");
	await writeFile(path, `#!/bin/sh\necho $$ >> '${list}'\nexec '${ffmpeg}' "$@"\n`);
	await chmod(path, 0o755);
	const pids = async () => (await readFile(list, "utf8")).split("\n").filter(Boolean).map(Number);
	return { path, pids };
}

function collect(child: ChildProcess): { text: string } {
	const output = { text: "" };
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding("utf8").on("data", (text: string) => {
			output.text += text;
		});
	}
	return output;
}
