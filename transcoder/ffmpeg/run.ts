import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JobErrorCode } from "#contracts/job-error.ts";
import { failed, type Result, succeeded } from "../job/result.ts";
import { STDERR_BYTES } from "../limits.ts";
import { confined } from "./confinement.ts";
import { lines } from "./lines.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * One media program at work on one hostile file: as its own process group, in the job's directory,
 * with no environment, under limits of memory, CPU, output and time.
 */
export type Task = {
	program: "ffmpeg" | "ffprobe";
	args: string[];
	directory: string;
	/** What it reads on stdin, at its own pace; default: nothing. */
	input?: AsyncIterable<Buffer> | undefined;
	/** Gets what it writes to stdout… */
	onOutput?: (text: string) => void;
	/** …or reads it, at its own pace: the program waits meanwhile. */
	readOutput?: (bytes: AsyncIterable<Buffer>) => Promise<void>;
	/** Gets each line of what it tells on stderr without complaining; for ffmpeg at `level+info`. */
	onInfo?: (line: string) => void;
};

export type Run = {
	exitCode: number;
	/** The end of what it wrote there. */
	stderr: string;
};

/** Rejects when the signal is aborted, but never before the process group is gone. */
export async function run(task: Task, toolbox: Toolbox, signal: AbortSignal): Promise<Result<Run>> {
	signal.throwIfAborted();
	const { limits } = toolbox;
	const [program, args] = confined(toolbox, toolbox[task.program], task.args);
	const startedAt = performance.now();
	const child = spawn(program, args, {
		cwd: task.directory,
		env: {},
		detached: true,
		stdio: ["pipe", "pipe", "pipe"],
	});
	const kill = () => {
		killGroup(child.pid);
		// Else what nobody reads any more would keep it from closing.
		child.stdout.destroy();
	};
	let timedOut = false;
	const wallClock = setTimeout(() => {
		timedOut = true;
		kill();
	}, limits.wallClockMs);
	signal.addEventListener("abort", kill);
	process.on("exit", kill);

	let written = "";
	const onComplaint = (text: string) => {
		written = (written + text).slice(-STDERR_BYTES);
	};
	const onText = task.onInfo ? sortByLevel(task.onInfo, onComplaint) : onComplaint;
	let pipeFailed: { error: unknown } | undefined;
	const onPipeFailed = (error: unknown) => {
		pipeFailed ??= { error };
		kill();
	};
	let hasStoppedReading = false;
	const reading = readStdout(task, child.stdout).catch((error: unknown) => {
		hasStoppedReading = !child.stdout.readableEnded;
		onPipeFailed(error);
	});
	const feeding = feed(task, child.stdin).catch(onPipeFailed);
	child.stderr.setEncoding("utf8").on("data", onText);
	try {
		const [exitCode, killedBy] = await once(child, "close");
		signal.throwIfAborted();
		const stderr = printable(written);
		const elapsedSeconds = (performance.now() - startedAt) / 1000;
		const cpuSpent = elapsedSeconds * availableParallelism() >= limits.cpuSeconds;
		if (timedOut || (killedBy === "SIGKILL" && cpuSpent))
			return failed("timed_out", `${task.program} used up its time: ${stderr}`);
		// By us, because there was nobody to read or to feed it any more; or it noticed that first.
		if (pipeFailed && (killedBy === "SIGKILL" || hasStoppedReading)) throw pipeFailed.error;
		if (killedBy !== null) {
			return failed(
				WHY_KILLED[killedBy] ?? "internal",
				`${task.program} died of ${killedBy}: ${stderr}`,
			);
		}
		if (LAUNCH_FAILED.has(exitCode)) {
			// The launchers' and the loader's: the program itself has not even run.
			return failed("internal", `${task.program} did not start: ${stderr}`);
		}
		await Promise.all([reading, feeding]);
		if (pipeFailed && (exitCode === 0 || hasStoppedReading)) throw pipeFailed.error;
		return succeeded({ exitCode, stderr });
	} finally {
		clearTimeout(wallClock);
		signal.removeEventListener("abort", kill);
		process.off("exit", kill);
	}
}

/**
 * Parts what ffmpeg tells at `level+info`: `[filter @ 0x…] [info] text`. Lines without a level
 * belong to the one before.
 */
function sortByLevel(onInfo: (line: string) => void, onComplaint: (text: string) => void) {
	let level = "info";
	return lines((line) => {
		const [prefix = "", named] = /^(?:\[[^\]]* @ 0x[0-9a-f]+\] )*\[(\w+)\] /.exec(line) ?? [];
		level = named ?? level;
		if (level === "info") onInfo(line.slice(prefix.length));
		else onComplaint(`${line}\n`);
	});
}

/** What else ends a program is not the file's doing: a KILL, say, when the machine lacks memory. */
const WHY_KILLED: Readonly<Partial<Record<string, JobErrorCode>>> = {
	SIGXFSZ: "too_large",
	// A fault in the media libraries, which every further attempt at the file would run into.
	SIGSEGV: "corrupt_input",
	SIGABRT: "corrupt_input",
	SIGBUS: "corrupt_input",
	SIGFPE: "corrupt_input",
};

/** https://www.gnu.org/software/coreutils/manual/html_node/nice-invocation.html */
const LAUNCH_FAILED: ReadonlySet<number> = new Set([125, 126, 127]);

/** KILL and not TERM: ffmpeg takes TERM as a wish, and one version ran on for 190 seconds. */
function killGroup(pid: number | undefined): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, "SIGKILL");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

/**
 * File contents show through in ffmpeg's messages: they must not draw on a terminal, turn the
 * reading direction or break the line.
 */
function printable(text: string): string {
	return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

async function readStdout({ onOutput, readOutput }: Task, stdout: Readable): Promise<void> {
	if (readOutput) return await readOutput(stdout);
	stdout.setEncoding("utf8");
	if (onOutput) stdout.on("data", onOutput);
	else stdout.resume();
}

/** Throws what the input throws; a program that wants no more of it is no error. */
async function feed({ input }: Task, stdin: Writable): Promise<void> {
	let failed: { error: unknown } | undefined;
	const watched = async function* () {
		try {
			if (input) yield* input;
		} catch (error) {
			failed = { error };
			throw error;
		}
	};
	await pipeline(watched, stdin).catch(() => {});
	if (failed) throw failed.error;
}
