import { spawn } from "node:child_process";
import { once } from "node:events";
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
	onOutput: (text: string) => void;
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
	const [program, args] = confined(toolbox, toolbox[task.program], task.args);
	const child = spawn(program, args, {
		cwd: task.directory,
		env: {},
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	const kill = () => killGroup(child.pid);
	let timedOut = false;
	const wallClock = setTimeout(() => {
		timedOut = true;
		kill();
	}, toolbox.limits.wallClockMs);
	signal.addEventListener("abort", kill);
	process.on("exit", kill);

	let written = "";
	const onComplaint = (text: string) => {
		written = (written + text).slice(-STDERR_BYTES);
	};
	const onText = task.onInfo ? sortByLevel(task.onInfo, onComplaint) : onComplaint;
	child.stdout.setEncoding("utf8").on("data", task.onOutput);
	child.stderr.setEncoding("utf8").on("data", onText);
	try {
		const [exitCode, killedBy] = await once(child, "close");
		signal.throwIfAborted();
		const stderr = withoutControls(written);
		if (timedOut) return failed("timed_out", `${task.program} used up its time: ${stderr}`);
		if (killedBy !== null) {
			return failed(whyKilled(killedBy), `${task.program} died of ${killedBy}: ${stderr}`);
		}
		if (exitCode === 126 || exitCode === 127) {
			// The launchers' and the loader's: the program itself has not even run.
			return failed("internal", `${task.program} did not start: ${stderr}`);
		}
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

/** Killed, and not by us. A KILL may be the CPU limit's, or the machine is out of memory. */
function whyKilled(signal: NodeJS.Signals): JobErrorCode {
	return signal === "SIGXFSZ" ? "too_large" : "internal";
}

/** KILL and not TERM: ffmpeg takes TERM as a wish, and one version ran on for 190 seconds. */
function killGroup(pid: number | undefined): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, "SIGKILL");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

/** File contents show through in ffmpeg's messages; they must not draw on a terminal. */
function withoutControls(text: string): string {
	return text.replace(/\p{Cc}+/gu, " ").trim();
}
